import type { Order } from "./arguments.ts";

/** What a round of --quick takes at most, with all that belongs to it; more only where long workloads were named. */
export const quickMs = 300_000;

const asideMs = 15_000; // of it, for what is no engine's turn: compiling, ending processes, tables and plots

/** Where a round is when an engine's turn comes. */
export interface Progress {
  readonly spentMs: number;
  readonly turnsLeft: number; // this one included
}

/**
 * How long an engine may take in a round; then it is ended. In --quick that is an even share of what is left: what fast
 * engines leave is for those that follow. Else it is so much that only what hangs needs it: a failure of its engine, and
 * not of the suite.
 */
export function turnMs({ workloads, isQuick }: Order, { spentMs, turnsLeft }: Progress): number {
  const isBounded = isQuick && workloads.every(({ isLong }) => isLong !== true);
  if (isBounded) return Math.max(1, (quickMs - asideMs - spentMs) / turnsLeft);
  const seconds = workloads.map(({ isLong }) => (isLong === true ? 150 : 60));
  return opensWithinMs + 1_000 * seconds.reduce((sum, one) => sum + one, 0);
}

const opensWithinMs = 120_000; // a server in Python with its migrations, on a slow machine
const leastMs = 4_000; // what a quick workload takes where nothing is slow

/** Whether a workload would not end within a turn, `spentMs` after its begin; null = the turn has no end to look at. */
export function isTooLate(turn: number | null, spentMs: number): boolean {
  return turn !== null && spentMs > turn - leastMs;
}
