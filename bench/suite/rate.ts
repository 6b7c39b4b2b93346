import type { RunRecord } from "./session.ts";

export interface Span {
  readonly from: number; // epoch ms
  readonly to: number;
}

/**
 * How many runs a span was worth: each counts with the share of its own time that lies within. With so many always in
 * flight, and runs before the span and after it, neither the filling of the lanes nor their running dry is counted; and
 * an engine whose runs take longer than the span has its number too.
 */
export function runsWithin(records: readonly RunRecord[], { from, to }: Span): number {
  let runs = 0;
  for (const { startedAt, ms } of records) {
    const endedAt = startedAt + ms;
    if (startedAt > to || endedAt < from) continue;
    runs += ms === 0 ? 1 : (Math.min(endedAt, to) - Math.max(startedAt, from)) / ms;
  }
  return runs;
}
