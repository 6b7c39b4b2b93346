import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { buildBench } from "./build.ts";

/*
 * Runs a program of the bench as compiled JavaScript, on the Node of choice: `tsx bench/start.ts main --node PATH ...`.
 * All processes of engines, workers and loads run on the same one. Without --node it is the one that runs this.
 */
const [program = "main", ...words] = process.argv.slice(2);
const { node, args } = takeNode(words);
const child = spawn(node, [join(await buildBench(), `${program}.js`), ...args], { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
const [code] = await once(child, "exit");
process.exitCode = typeof code === "number" ? code : 1;

/** @throws Error when --node has no path behind it */
function takeNode(all: readonly string[]): { readonly node: string; readonly args: readonly string[] } {
  const at = all.indexOf("--node");
  if (at < 0) return { node: process.execPath, args: all };
  const node = all[at + 1];
  if (node === undefined) throw new Error("--node wants the path of a Node.");
  return { node, args: all.toSpliced(at, 2) };
}
