import { hashText } from "../base/hash.ts";
import type { Projection } from "./define.ts";
import { flowStats } from "./flow-stats.ts";
import { runMetrics } from "./run-metrics.ts";
import { taskStats } from "./task-stats.ts";

/** The summaries of runs, which every other projection builds on; raise it when their fold or their shape changes. */
export const runSummaryVersion = 3;

/** Every projection there is, besides the summaries of runs. */
export const projections: readonly Projection[] = [flowStats, taskStats, runMetrics];

/** One text for the versions of all: documents that were built under another one are not read. */
export function signatureOf(all: readonly Projection[]): string {
  const versions = [
    `run-summary@${runSummaryVersion}`,
    ...all.map(({ name, version }) => `${name}@${version}`),
  ];
  return hashText(versions.join(" ")).toString(36);
}
