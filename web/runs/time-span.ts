import { parseQuery, printQuery, type QueryTerm } from "../../src/projections/query-text.ts";
import { toRunFilter } from "../../src/projections/run-filter.ts";

/** From a moment to another one, which is not in it; epoch ms. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

/** The time of creation that a query asks for; a bound that it does not name is null. */
export function spanOf(
  q: string,
  nowMs: number,
): { readonly from: number | null; readonly to: number | null } {
  const { createdAfter = null, createdBefore = null } = filterOf(q, nowMs);
  return { from: createdAfter, to: createdBefore };
}

/** The query with another time of creation; null = any time. */
export function withSpan(q: string, span: Partial<TimeSpan> | null): string {
  const others = parseQuery(q).terms.filter(({ field }) => field !== "created");
  const bounds: QueryTerm[] = [];
  if (span?.from !== undefined) bounds.push(bound(">=", span.from));
  if (span?.to !== undefined) bounds.push(bound("<", span.to));
  return printQuery([...others, ...bounds]);
}

function bound(op: ">=" | "<", at: number): QueryTerm {
  const text = new Date(at).toISOString();
  return { field: "created", path: null, op, values: [{ text, isQuoted: false }] };
}

function filterOf(q: string, nowMs: number): ReturnType<typeof toRunFilter> {
  try {
    return toRunFilter(q, nowMs);
  } catch {
    return {}; // what cannot be understood is shown where it was typed
  }
}

/** The buckets between two places of a pointer on a histogram, as parts of its width; a click is one bucket. */
export function spanBetween(
  histogram: { readonly from: number; readonly bucketMs: number; readonly buckets: number },
  one: number,
  other: number,
): TimeSpan {
  const { from, bucketMs, buckets } = histogram;
  const bucketAt = (part: number): number => Math.min(buckets - 1, Math.max(0, Math.floor(part * buckets)));
  const first = bucketAt(Math.min(one, other));
  const last = bucketAt(Math.max(one, other));
  return { from: from + first * bucketMs, to: from + (last + 1) * bucketMs };
}
