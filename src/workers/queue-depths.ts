import { groupBy } from "../base/group-by.ts";
import { addDepth, type QueueDepth } from "../observe/gauge-families.ts";
import { mergeRunMetrics } from "../projections/merge-run-metrics.ts";
import { runMetrics } from "../projections/run-metrics.ts";
import { type RunMetrics } from "../projections/run-metrics-document.ts";
import { readRedisTime } from "../redis/read-gauges.ts";
import { readAllDocuments } from "../redis/read-view.ts";
import type { RosterEntry } from "../redis/roster.ts";
import type { Client } from "./client.ts";
import type { Lane } from "./lane-consumer.ts";
import { currentSet } from "./projection-set.ts";
import { Queues } from "./queues.ts";

/** A queue in one line. */
export interface QueueRow extends QueueDepth {
  readonly flows: readonly string[]; // whose runs or tasks were ever sent to it, or are served from it
  readonly workers: number; // alive, and serving it
}

/** Every queue that was used or is served, by name. */
export async function listQueues(client: Client): Promise<readonly QueueRow[]> {
  const { redis, address, namespace } = client.store;
  const [shards, roster, now] = await Promise.all([
    readAllDocuments(redis, namespace, currentSet.signature, runMetrics),
    client.roster(),
    readRedisTime(redis),
  ]);
  const lanes = lanesOf([...mergeRunMetrics(shards.values()).values()], roster);
  const queues = new Queues(redis, address, namespace.name);
  try {
    const depths = await readDepths(queues, lanes, now);
    return depths.map((depth) => ({
      ...depth,
      flows: [
        ...new Set(lanes.filter(({ queue }) => queue === depth.queue).map(({ flow }) => flow)),
      ].toSorted(),
      workers: roster.filter(
        ({ isAlive, isLocal, lanes: served }) =>
          isAlive && !isLocal && Object.values(served).flat().includes(depth.queue),
      ).length,
    }));
  } finally {
    await queues.close();
  }
}

/** Every lane of the namespace, as of now. */
export async function listLanes(client: Client): Promise<readonly OpenLane[]> {
  const { redis, namespace } = client.store;
  const shards = await readAllDocuments(redis, namespace, currentSet.signature, runMetrics);
  return lanesOf([...mergeRunMetrics(shards.values()).values()], await client.roster());
}

export interface OpenLane {
  readonly lane: Lane;
  readonly queue: string;
  readonly flow: string;
}

/** Every lane that ever got a hint, and those that are served. */
export function lanesOf(
  documents: readonly RunMetrics[],
  roster: readonly RosterEntry[],
): readonly OpenLane[] {
  const used = documents.flatMap(({ flow, task, queues }) =>
    [...queues.keys()].map((queue) => ({ lane: task === null ? "runs" : "tasks", queue, flow }) as const),
  );
  const served = roster.flatMap(({ lanes, isLocal }) =>
    Object.entries(isLocal ? {} : lanes).flatMap(([flow, queues]) =>
      queues.flatMap((queue) => [
        { lane: "runs", queue, flow } as const,
        { lane: "tasks", queue, flow } as const,
      ]),
    ),
  );
  const byName = groupBy([...used, ...served], ({ lane, queue, flow }) =>
    JSON.stringify([lane, queue, flow]),
  );
  return [...byName.values()].flatMap((same) => same.slice(0, 1));
}

/** What waits, by queue. */
export async function readDepths(
  queues: Queues,
  lanes: readonly OpenLane[],
  now: number,
): Promise<readonly QueueDepth[]> {
  const depths = await Promise.all(
    lanes.map(async ({ lane, queue, flow }) => {
      const { waitingSince, ...counts } = await queues.depth(lane, queue, flow);
      const oldestWaitingMs = waitingSince === null ? 0 : Math.max(0, now - waitingSince);
      return { ...counts, queue, oldestWaitingMs };
    }),
  );
  const summed = new Map<string, QueueDepth>();
  for (const depth of depths) summed.set(depth.queue, addDepth(summed.get(depth.queue) ?? null, depth));
  return [...summed.values()].sort((one, two) => (one.queue < two.queue ? -1 : 1));
}
