import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { basename, dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { fillPage } from "./suite/page-tables.ts";
import { readJsonLines } from "./suite/rows.ts";

/*
 * Writes results into docs/explanation/benchmarks.md, between its markers: `npm run bench:page -- FILE`; without a
 * file, the published ones, and beside them those of the older Node.
 */
const page = fileURLToPath(new URL("../docs/explanation/benchmarks.md", import.meta.url));
const published = fileURLToPath(new URL("./results/published.ndjson", import.meta.url));
const olderNode = fileURLToPath(new URL("./results/older-node.ndjson", import.meta.url));
const file = process.argv[2] ?? published;

const rows = readJsonLines(await readFile(file, "utf8"));
const images =
  file === published ? `${relative(dirname(page), dirname(file))}/${basename(file, ".ndjson")}` : null;
const older =
  file === published && existsSync(olderNode) ? readJsonLines(await readFile(olderNode, "utf8")) : [];
await writeFile(page, fillPage(await readFile(page, "utf8"), { rows, older, images }));
console.log(`${page} has ${rows.length} rows of ${file}`);
