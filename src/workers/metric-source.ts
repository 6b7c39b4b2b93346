import { groupBy } from "../base/group-by.ts";
import type { ActiveRuns, GaugeReadings } from "../observe/gauge-families.ts";
import { mergeRunMetrics } from "../projections/merge-run-metrics.ts";
import { runMetrics } from "../projections/run-metrics.ts";
import { newRunMetrics, type RunMetrics } from "../projections/run-metrics-document.ts";
import { DocumentCache } from "../redis/document-cache.ts";
import { readMemory, readNamespaceGauges, readRedisTime } from "../redis/read-gauges.ts";
import { readAsideRuns, readIndexCounts, readLag, type StateCount } from "../redis/read-view.ts";
import { type RosterEntry, readRoster } from "../redis/roster.ts";
import { backgroundName } from "../sdk/background.ts";
import { currentSet, type ProjectionSet } from "./projection-set.ts";
import { lanesOf, readDepths } from "./queue-depths.ts";
import type { Queues } from "./queues.ts";
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
    .filter(({ flow }) => !known.has(flow) && flow !== backgroundName); // every worker serves that one
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
  CANCELLING: "cancelling",
};

function toActive({ flow, state, name, count }: StateCount): readonly ActiveRuns[] {
  // A signal may be due in months, and be no cause for concern; a question to a person is somebody's to answer.
  const active = name === "Waiting" && state === "PAUSED" ? "waiting" : openStates[state];
  return active === undefined ? [] : [{ flow, state: active, count }];
}
