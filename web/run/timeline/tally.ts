import type { RunPicture } from "../../../src/projections/run-picture.ts";
import { type CallMark, markOf } from "./call-state.ts";
import { type CallRef, callIn } from "./calls.ts";

/** How many calls look alike; only marks that occur. */
export type Tally = ReadonlyMap<CallMark, number>;

/** In the order in which people want to hear of them: trouble first. */
const order: readonly CallMark[] = [
  "failed",
  "timedout",
  "crashed",
  "retrying",
  "running",
  "waiting",
  "pending",
  "completed",
  "cached",
  "undone",
  "cancelled",
  "abandoned",
];

export function tallyOf(picture: RunPicture, calls: readonly CallRef[]): Tally {
  const counts = new Map<CallMark, number>();
  for (const ref of calls) {
    const call = callIn(picture, ref);
    if (call === null) continue; // not made yet
    const mark = markOf(picture, call);
    counts.set(mark, (counts.get(mark) ?? 0) + 1);
  }
  return toTally(counts);
}

export function toTally(counts: ReadonlyMap<CallMark, number>): Tally {
  return new Map(
    order.flatMap((mark) => {
      const count = counts.get(mark) ?? 0;
      return count > 0 ? [[mark, count] as const] : [];
    }),
  );
}

/** The mark that stands for all of them: the one that matters most; null = none of them was made yet. */
export function worstOf(tally: Tally): CallMark | null {
  const [worst] = tally.keys();
  return worst ?? null;
}

/** "3 failed, 996 completed" */
export function describeTally(tally: Tally): string {
  return [...tally].map(([mark, count]) => `${count} ${markWords[mark]}`).join(", ");
}

export const markWords: Readonly<Record<CallMark, string>> = {
  pending: "pending",
  running: "running",
  waiting: "waiting",
  retrying: "to be tried again",
  completed: "completed",
  cached: "from the cache",
  failed: "failed",
  timedout: "timed out",
  crashed: "crashed",
  cancelled: "cancelled",
  undone: "rolled back",
  abandoned: "left behind",
};
