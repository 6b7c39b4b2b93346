import type { Queue } from "bullmq";
import { hintsIn } from "./bundles.ts";

/** What waits for one queue and one flow, as BullMQ counts it. */
export interface LaneDepth {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly waitingSince: number | null; // epoch ms, of the oldest one that waits, or of the first one where there are priorities; null = none does
}

const lookedAt = 1_000; // jobs of a list; where there are more, the others are taken to carry as many hints as these

/** A job that carries several hints counts as many. */
export async function readDepth(open: Queue): Promise<LaneDepth> {
  const [counts, first, waitingIds, activeIds] = await Promise.all([
    open.getJobCounts("wait", "prioritized", "active", "delayed"),
    open.getJobs(["wait", "prioritized"], 0, 0, true),
    open.getRanges(["wait"], 0, lookedAt - 1, true),
    open.getRanges(["active"], 0, lookedAt - 1, true),
  ]);
  const { wait = 0, prioritized = 0, active = 0, delayed = 0 } = counts;
  const since = first.map(({ timestamp, opts }) => timestamp + (opts.delay ?? 0));
  return {
    waiting: hintsOf(wait, waitingIds) + prioritized,
    active: hintsOf(active, activeIds),
    delayed,
    waitingSince: since.length === 0 ? null : Math.min(...since),
  };
}

function hintsOf(jobs: number, ids: readonly string[]): number {
  if (ids.length === 0) return jobs; // they were taken in between
  const seen = ids.reduce((sum, id) => sum + hintsIn(id), 0);
  return Math.max(jobs, Math.round((jobs * seen) / ids.length));
}
