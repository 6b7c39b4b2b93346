import { groupBy } from "../base/group-by.ts";
import { type ActiveRuns, addDepth, type GaugeReadings, type QueueDepth } from "../observe/gauge-families.ts";
import { mergeRunMetrics } from "../projections/merge-run-metrics.ts";
import { newRunMetrics, type RunMetrics, runMetrics } from "../projections/run-metrics.ts";
import { DocumentCache } from "../redis/document-cache.ts";
import { readMemory, readNamespaceGauges, readRedisTime } from "../redis/read-gauges.ts";
import { readAsideRuns, readIndexCounts, readLag, type StateCount } from "../redis/read-view.ts";
import { type RosterEntry, readRoster } from "../redis/roster.ts";
import { currentSet, type ProjectionSet } from "./projection-set.ts";
import type { Lane, Queues } from "./queues.ts";
import type { Store } from "./settings.ts";

/** Everything that is true of a namespace at one time. */
export interface Observation {
  readonly documents: readonly RunMetrics[];
  readonly readings: GaugeReadings;
}

/** Where an exporter has its numbers from. */
export interface MetricSource {
  read(): Promise<Observation>;
}

/** Reads documents and gauges of a namespace from Redis. */
export function redisSource(
  { redis, namespace }: Pick<Store, "redis" | "namespace">,
  queues: Queues,
  { signature }: ProjectionSet = currentSet,
): MetricSource {
  const view = [redis, namespace, signature] as const;
  const cache = new DocumentCache({ redis, namespace, signature }, runMetrics);
  return {
    read: async () => {
      const [shards, roster, counts, lag, aside, gauges, memory, now] = await Promise.all([
        cache.read(),
        readRoster(redis, namespace.name),
        readIndexCounts(...view),
        readLag(...view),
        readAsideRuns(...view),
        readNamespaceGauges(redis, namespace),
        readMemory(redis),
        readRedisTime(redis),
      ]);
      const documents = withServed([...mergeRunMetrics(shards).values()], roster);
      const readings: GaugeReadings = {
        activeRuns: counts.flatMap(toActive),
        queues: await readDepths(queues, lanesOf(documents, roster), now),
        workersAlive: roster.filter(({ isAlive, isLocal }) => isAlive && !isLocal).length,
        timersPending: gauges.timers,
        feedEntries: gauges.feed,
        memory,
        lag: { events: lag.entries, ms: lag.ms },
        setAside: aside.length,
      };
      return { documents, readings };
    },
  };
}

/** A flow that is served stands at 0 before its first run: an increase from nothing would not be seen. */
function withServed(documents: readonly RunMetrics[], roster: readonly RosterEntry[]): readonly RunMetrics[] {
  const known = new Set(documents.map(({ flow }) => flow));
  const served = roster
    .flatMap(({ flows, startedAt }) => flows.map((flow) => ({ flow, firstSeen: startedAt })))
    .filter(({ flow }) => !known.has(flow));
  const byFlow = groupBy(served, ({ flow }) => flow);
  const blanks = [...byFlow].map(([flow, same]) => {
    const firstSeen = Math.min(...same.map((each) => each.firstSeen));
    return { ...newRunMetrics(), flow, firstSeen };
  });
  return [...documents, ...blanks];
}

const openStates: Readonly<Record<string, ActiveRuns["state"]>> = {
  SCHEDULED: "scheduled",
  PENDING: "scheduled",
  RUNNING: "running",
  PAUSED: "paused",
};

function toActive({ flow, state, count }: StateCount): readonly ActiveRuns[] {
  const active = openStates[state];
  return active === undefined ? [] : [{ flow, state: active, count }];
}

interface OpenLane {
  readonly lane: Lane;
  readonly queue: string;
  readonly flow: string;
}

/** Every lane that ever got a hint, and those that are served. */
function lanesOf(documents: readonly RunMetrics[], roster: readonly RosterEntry[]): readonly OpenLane[] {
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

async function readDepths(
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
