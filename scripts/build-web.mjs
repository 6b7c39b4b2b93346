// Builds the UI: web/ to dist/web, with each text also compressed, so that a server sends what lies there.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compressWeb } from "./compress-web.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Ends the process when the UI cannot be built. */
export function buildWeb() {
  const vite = join(root, "node_modules/vite/bin/vite.js");
  if (!existsSync(vite)) {
    console.error("build: vite is not installed; run `npm install` with the development packages");
    process.exit(1);
  }
  const { status } = spawnSync(process.execPath, [vite, "build", "--logLevel", "warn"], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, NODE_ENV: "production" }, // a test that asks for it is no reason to build for tests
  });
  if (status !== 0) process.exit(status ?? 1);
  compressWeb(join(root, "dist/web"));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildWeb();
