import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { spreadOf } from "../own/measure.ts";
import { toPlot } from "./plots.ts";
import { type Row, toJsonLines } from "./rows.ts";
import type { Workload } from "./workloads.ts";

/**
 * Writes rows to a file, and a plot of each workload beside it.
 * @returns the files that were written
 */
export async function writeResults(
  rows: readonly Row[],
  workloads: readonly Workload[],
  file: string,
): Promise<readonly string[]> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, toJsonLines(rows));
  const files = [file];
  for (const workload of workloads) {
    const plot = toPlot(rows, workload);
    if (plot === null) continue;
    const image = join(dirname(file), `${basename(file, ".ndjson")}-${workload.name}.svg`);
    await writeFile(image, plot);
    files.push(image);
  }
  return files;
}

/** One row for each figure of several sessions on the same machine: their rounds count together. */
export function addUp(rows: readonly Row[]): readonly Row[] {
  const sums = new Map<string, Row>();
  for (const row of rows) {
    const key = `${row.engine} ${row.workload} ${row.figure ?? ""}`;
    const known = sums.get(key);
    sums.set(key, known === undefined ? row : added(known, row));
  }
  return [...sums.values()];
}

function added(one: Row, other: Row): Row {
  const values = [...one.values, ...other.values];
  const rounds = one.rounds + other.rounds;
  const spread = values.length === 0 ? {} : spreadOf(values);
  return { ...one, ...other, values, ...spread, n: one.n + other.n, rounds };
}
