import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { fatal, flow, isMain, logger, task, unmapped } from "millrace";
import { z } from "zod";
import { type DelayReport, mergeReports } from "./delay-report.ts";
import { bundledFlights, FlightsFileError, openFlights } from "./flights-file.ts";
import { listRowGroups, type RowGroup, rowGroupStats } from "./row-group-stats.ts";
import { formatOrigins, worstOrigins } from "./worst-origins.ts";
import { writeReport } from "./write-report.ts";

const defaultOut = join(import.meta.dirname, "report");

const planRowGroups = task("plan_row_groups", async (path: string) => {
  try {
    return listRowGroups(await openFlights(path));
  } catch (error) {
    throw error instanceof FlightsFileError ? fatal(error) : error;
  }
});

const statsOfGroup = task(
  "row_group_stats",
  { retries: 2, retryDelay: "5s" },
  async (group: RowGroup, path: string) => {
    const startedAt = performance.now();
    const stats = await rowGroupStats(await openFlights(path), group);
    const durationMs = Math.round(performance.now() - startedAt); // includes the other tasks of this process
    const rssMb = Math.round(process.memoryUsage.rss() / 1e6);
    logger().info({ rowGroup: group.index, rows: stats.flights, durationMs, rssMb }, "row group read");
    return stats;
  },
);

const reduce = task("merge_stats", async (parts: DelayReport[]) => mergeReports(parts));

const write = task("write_report", async (report: DelayReport, out: string) => writeReport(report, out));

/** Delays by airport and by day of three million flights: one task per row group, joined by one more. */
export const flightsReport = flow(
  "flights_report",
  {
    input: z.object({
      top: z.int().min(1).default(10),
      file: z.string().default(bundledFlights), // has to be readable for every worker
      out: z.string().default(defaultOut),
    }),
  },
  async ({ top, file, out }) => {
    const groups = await planRowGroups(file);
    const parts = await statsOfGroup.map(groups, unmapped(file)).result();
    const report = await reduce(parts);
    logger().info(
      { flights: report.flights, rowGroups: groups.length, origins: report.byOrigin.size },
      "merged",
    );
    return { flights: report.flights, worst: worstOrigins(report, top), files: await write(report, out) };
  },
);

if (isMain(import.meta)) {
  const { values } = parseArgs({
    options: {
      top: { type: "string", default: "10" },
      file: { type: "string", default: bundledFlights() },
      out: { type: "string", default: defaultOut },
    },
  });
  const { flights, worst, files } = await flightsReport({
    top: Number(values.top),
    file: resolve(values.file),
    out: resolve(values.out),
  });
  process.stdout.write(
    `\n${flights.toLocaleString("en-US")} flights; the longest mean delays:\n${formatOrigins(worst)}\n`,
  );
  process.stdout.write(`${relative(".", files.byOrigin)}\n${relative(".", files.byDay)}\n`);
}
