import { addDelay, addStats, type DelayStats, noFlights } from "./delay-stats.ts";

/** The statistics of a part of the file, or of all of it. */
export interface DelayReport {
  flights: number;
  byOrigin: Map<string, DelayStats>; // airport code; "" = the file does not say
  byDay: Map<string, DelayStats>; // YYYY-MM-DD, local day of departure; "" = the file does not say
}

export interface Flight {
  origin: string;
  day: string;
  delayMinutes: number | null; // null = the file does not say
}

export function emptyReport(): DelayReport {
  return { flights: 0, byOrigin: new Map(), byDay: new Map() };
}

/** Counts one flight into `report`, in place. */
export function addFlight(report: DelayReport, { origin, day, delayMinutes }: Flight): void {
  report.flights++;
  addDelay(statsOf(report.byOrigin, origin), delayMinutes);
  addDelay(statsOf(report.byDay, day), delayMinutes);
}

/** The report of all parts together; their order does not matter, and none of them is changed. */
export function mergeReports(parts: readonly DelayReport[]): DelayReport {
  const total = emptyReport();
  for (const part of parts) {
    total.flights += part.flights;
    for (const [origin, stats] of part.byOrigin) addStats(statsOf(total.byOrigin, origin), stats);
    for (const [day, stats] of part.byDay) addStats(statsOf(total.byDay, day), stats);
  }
  return total;
}

function statsOf(group: Map<string, DelayStats>, key: string): DelayStats {
  const known = group.get(key);
  if (known !== undefined) return known;
  const stats = noFlights();
  group.set(key, stats);
  return stats;
}
