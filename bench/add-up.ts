import { readFile } from "node:fs/promises";
import { addUp, writeResults } from "./suite/results.ts";
import { readJsonLines } from "./suite/rows.ts";
import { workloads } from "./suite/workloads.ts";

/*
 * Makes one file of the results of several sessions on the same machine, which were too long for one sitting:
 * `npx tsx bench/add-up.ts FILE... OUT`. Every figure of a sum says of how many rounds it is.
 */
const files = process.argv.slice(2);
const out = files.pop();
if (out === undefined || files.length === 0) throw new Error("Say the files to add up, and one to write.");
const rows = (
  await Promise.all(files.map(async (file) => readJsonLines(await readFile(file, "utf8"))))
).flat();
console.log(`written: ${(await writeResults(addUp(rows), workloads, out)).join(", ")}`);
