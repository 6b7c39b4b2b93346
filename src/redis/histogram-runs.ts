import { CoverReader } from "./each-index.ts";
import { type ViewPlace, withLiveBuilds } from "./live-view.ts";
import { isWhole, statesCover } from "./run-cover.ts";
import type { RunQuery } from "./run-query.ts";

/** Equal stretches of time, from `from` on. */
export interface Buckets {
  readonly from: number; // epoch ms
  readonly bucketMs: number;
  readonly count: number;
}

/** Whether `countByState` answers a query: it asks for flows, states and times of creation only. */
export function isCountedByState(query: RunQuery): boolean {
  return isWhole(statesCover([], []), query) && query.queue === undefined && (query.tags ?? []).length === 0;
}

/**
 * How many runs were created in each stretch, by type of state. Every run is counted: from the lengths of the indexes, and
 * so without reading any. O(stretches x indexes by flow and state).
 */
export async function countByState(
  view: ViewPlace,
  { states = [], flows = [] }: RunQuery,
  { from, bucketMs, count }: Buckets,
): Promise<ReadonlyMap<string, readonly number[]>> {
  return withLiveBuilds(view, async (places) => {
    const sums = new Map<string, number[]>();
    await Promise.all(
      places.map(async (place) => {
        const reader = new CoverReader(view, place, statesCover(states, flows));
        for (let bucket = 0; bucket < count; bucket += 1) {
          const least = from + bucket * bucketMs;
          const answers = await reader.ask("ZCOUNT", least, `(${least + bucketMs}`);
          for (const [at, { index }] of (await reader.sets()).entries()) {
            const added = Number(answers[at]);
            if (index?.[0] !== "state" || added === 0) continue;
            const [, , state] = index;
            const row = sums.get(state) ?? Array.from({ length: count }, () => 0);
            row[bucket] = (row[bucket] ?? 0) + added;
            sums.set(state, row);
          }
        }
      }),
    );
    return sums;
  });
}
