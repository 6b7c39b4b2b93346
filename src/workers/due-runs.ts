import { takeDue } from "../redis/due.ts";
import { failOverdue } from "./end-attempt.ts";
import { finishRun } from "./finish-run.ts";
import type { RunHint } from "./hint-jobs.ts";
import type { Host } from "./host.ts";

interface Wanted {
  readonly host: Host;
  readonly toHint: (run: string, cause: string) => Promise<RunHint | null>;
}

/**
 * Hints runs whose time has come, tells others of runs that have ended, and ends attempts that gave no heartbeat.
 * @returns ms until the next run is due; null = none is
 */
export async function wakeDueRuns({ host, toHint }: Wanted): Promise<number | null> {
  const shards = Array.from({ length: host.namespace.shards }, (_, shard) => shard);
  const nexts = await Promise.all(shards.map(async (shard) => wakeShard({ host, toHint }, shard)));
  const known = nexts.filter((next) => next !== null);
  return known.length === 0 ? null : Math.min(...known);
}

async function wakeShard({ host, toHint }: Wanted, shard: number): Promise<number | null> {
  const { redis, namespace, queues } = host;
  const hint = async (runs: readonly string[], cause: string): Promise<void> => {
    const hints = await Promise.all(runs.map(async (run) => toHint(run, cause)));
    await queues.hintRunsAgain(hints.flatMap((found) => found ?? []));
  };
  for (const { run, attempt } of await failOverdue(host, shard)) await hint([run], `late-${attempt}`);
  for (;;) {
    const { open, ended, isWhole, nextInMs } = await takeDue(redis, namespace, shard);
    for (const run of ended) await finishRun(host, run);
    await hint(open, "due");
    if (isWhole) return nextInMs;
  }
}
