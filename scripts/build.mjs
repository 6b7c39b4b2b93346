// Builds dist/ from nothing: compiles src/, copies the Lua scripts beside their callers, then builds the user interface.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildWeb } from "./build-web.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);

rmSync("dist", { recursive: true, force: true });
const tsc = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], {
  stdio: "inherit",
});
if (tsc.status !== 0) process.exit(tsc.status ?? 1);

const lua = "src/redis/scripts";
if (existsSync(lua)) {
  cpSync(lua, "dist/redis/scripts", {
    recursive: true,
    filter: (path) => path === lua || path.endsWith(".lua"),
  });
}
buildWeb();
chmodSync("bin/millrace.mjs", 0o755);
console.log("built dist/");
