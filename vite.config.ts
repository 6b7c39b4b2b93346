import { fileURLToPath } from "node:url";
import tailwind from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * The UI: `web/` to `dist/web`. Addresses in the page begin with a slash, where the server puts the path below which it
 * lies; addresses in its files are relative to them.
 */
export default defineConfig({
  root: at("web"),
  base: "/",
  experimental: {
    renderBuiltUrl: (name, { hostType }) => (hostType === "html" ? `/${name}` : { relative: true }),
  },
  plugins: [react(), tailwind()],
  build: {
    outDir: at("dist/web"),
    emptyOutDir: true,
    manifest: true, // the byte budgets are measured by it
    target: "es2023",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // the page's policy allows no inline code
  },
  worker: { format: "es" },
  server: { port: 5173, proxy: { "/api": process.env["MILLRACE_API"] ?? "http://127.0.0.1:4200" } },
});
