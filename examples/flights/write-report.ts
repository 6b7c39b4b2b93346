import { join } from "node:path";
import { parquetBytes } from "../orders/parquet-bytes.ts";
import { replaceFile } from "../orders/replace-file.ts";
import type { DelayReport } from "./delay-report.ts";
import { type DelayStats, lateShare, meanMinutes, quantileMinutes } from "./delay-stats.ts";

export interface ReportFiles {
  byOrigin: string;
  byDay: string;
}

/** Writes two small tables into `folder`; each replaces the last one at once, as a whole. */
export async function writeReport({ byOrigin, byDay }: DelayReport, folder: string): Promise<ReportFiles> {
  const files = { byOrigin: join(folder, "by_origin.parquet"), byDay: join(folder, "by_day.parquet") };
  await replaceFile(files.byOrigin, toParquet("origin", byOrigin));
  await replaceFile(files.byDay, toParquet("day", byDay));
  return files;
}

/** One row per key, in the order of the keys; what is unknown is null. */
function toParquet(key: string, group: DelayReport["byDay"]): Uint8Array {
  const rows = [...group].toSorted(([one], [other]) => (one < other ? -1 : 1));
  const numbers = (name: string, type: "INT32" | "DOUBLE", read: (stats: DelayStats) => number | null) =>
    ({ name, type, data: rows.map(([, stats]) => read(stats)), nullable: true }) as const;
  return parquetBytes([
    { name: key, type: "STRING", data: rows.map(([name]) => name), nullable: false },
    numbers("flights", "INT32", ({ flights }) => flights),
    numbers("unknown", "INT32", ({ unknown }) => unknown),
    numbers("late", "INT32", ({ late }) => late),
    numbers("late_share", "DOUBLE", lateShare),
    {
      name: "sum_minutes",
      type: "INT64",
      data: rows.map(([, { sumMinutes }]) => BigInt(sumMinutes)),
      nullable: false,
    },
    numbers("mean_minutes", "DOUBLE", meanMinutes),
    numbers("p50_minutes", "INT32", (stats) => quantileMinutes(stats, 0.5)),
    numbers("p90_minutes", "INT32", (stats) => quantileMinutes(stats, 0.9)),
    numbers("max_minutes", "INT32", ({ maxMinutes }) => maxMinutes),
  ]);
}
