import type { DelayReport } from "./delay-report.ts";
import { lateShare, meanMinutes, quantileMinutes } from "./delay-stats.ts";

/** One line of the table on the terminal. */
export interface WorstOrigin {
  origin: string;
  flights: number;
  meanMinutes: number;
  lateShare: number;
  p90Minutes: number;
}

const minFlights = 1_000; // below, a few bad days would decide

/** The `top` origins with the highest mean delay, worst first, among those with at least 1,000 known delays. */
export function worstOrigins({ byOrigin }: DelayReport, top: number): WorstOrigin[] {
  return [...byOrigin]
    .filter(([, { flights, unknown }]) => flights - unknown >= minFlights)
    .map(([origin, stats]) => ({
      origin,
      flights: stats.flights,
      meanMinutes: meanMinutes(stats) ?? 0,
      lateShare: lateShare(stats) ?? 0,
      p90Minutes: quantileMinutes(stats, 0.9) ?? 0,
    }))
    .toSorted((one, other) => other.meanMinutes - one.meanMinutes || (one.origin < other.origin ? -1 : 1))
    .slice(0, top);
}

/** The table as text, numbers to the right. */
export function formatOrigins(worst: readonly WorstOrigin[]): string {
  const rows = worst.map((row) => [
    row.origin,
    row.flights.toLocaleString("en-US"),
    row.meanMinutes.toFixed(1),
    `${(row.lateShare * 100).toFixed(1)} %`,
    `≤ ${row.p90Minutes}`,
  ]);
  const table = [["origin", "flights", "mean min", "late", "p90 min"], ...rows];
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  const toLine = (row: string[]) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join("  ");
  return table.map(toLine).join("\n");
}
