/** Upper edges of the buckets of the histograms that are folded from the log, in ms; greater ones fall behind the last. */
export const waitEdgesMs: readonly number[] = [
  10,
  50,
  100,
  250,
  500,
  1_000,
  2_500,
  5_000, // exactly the objective of a start
  15_000,
  60_000,
  300_000,
  900_000,
  1_800_000,
];

export const durationEdgesMs: readonly number[] = [
  50, 250, 1_000, 5_000, 15_000, 60_000, 300_000, 1_800_000, 7_200_000, 21_600_000, 86_400_000,
];

/** In events; a history is long from 2,000 on. */
export const historyEdges: readonly number[] = [
  10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000,
];

/** What runs and tasks are counted by: closed sets, each value of which is there from the beginning, at 0. */
export const runTriggers = ["script", "client", "schedule", "parent", "continuation", "fork"] as const;
export const finalStates = ["completed", "failed", "timed_out", "cancelled", "crashed"] as const;
export const attemptOutcomes = ["ok", "cached", "error", "timeout", "crashed"] as const;
export const childStates = ["completed", "failed", "cancelled", "crashed"] as const;
export const runRetryReasons = ["error", "reopened"] as const; // by the flow's policy; by somebody who asked for it
export const taskShortcuts = ["reused", "cancelled"] as const; // by a result of an earlier attempt of the flow; by the flow
export const updateOutcomes = ["answered", "refused"] as const;
export const retryReasons = ["error", "crashed"] as const;
