#!/usr/bin/env node
// A checkout has src/ and runs from it, so that the command line and the flow files it loads (tsconfig
// `paths`) share one copy of Millrace; the published package has only dist/. For the same reason a global
// install steps back when the project has one of its own: tasks of one copy do not see the runs of another.
import { existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const source = new URL("../src/cli/main.ts", import.meta.url);

if (existsSync(source)) {
  const { register } = await import("tsx/esm/api");
  register({ tsconfig: fileURLToPath(new URL("../tsconfig.json", import.meta.url)) });
  await import(source.href);
} else {
  await import(new URL("dist/cli/main.js", packageToUse()).href);
}

/** The project's own copy, else this one. */
function packageToUse() {
  const own = new URL("..", import.meta.url);
  try {
    const entry = createRequire(join(process.cwd(), "file.js")).resolve("millrace"); // …/dist/index.js
    const local = new URL("..", pathToFileURL(realpathSync(entry)));
    return existsSync(new URL("dist/cli/main.js", local)) ? local : own;
  } catch {
    return own; // the project has none
  }
}
