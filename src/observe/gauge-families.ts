import { countIn } from "../projections/tally.ts";
import { type LimitedMetrics, otherName } from "./limit-series.ts";
import { closedSamples, type Family, type Sample, toFamily } from "./metric-family.ts";

/** How many runs of a flow are in a state; only those that have not ended. */
export interface ActiveRuns {
  readonly flow: string;
  readonly state: "scheduled" | "running" | "waiting" | "paused" | "cancelling";
  readonly count: number;
}

/** What waits in BullMQ for a queue: hints for runs and for attempts. */
export interface QueueDepth {
  readonly queue: string;
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly oldestWaitingMs: number; // 0 = none waits
}

/** What an exporter reads from Redis. */
export interface GaugeReadings {
  readonly activeRuns: readonly ActiveRuns[];
  readonly queues: readonly QueueDepth[];
  readonly workersAlive: number;
  readonly timersPending: number;
  readonly feedEntries: number;
  readonly memory: { readonly usedBytes: number; readonly maxBytes: number | null }; // null = no limit
  readonly lag: { readonly events: number; readonly ms: number };
  readonly setAside: number;
}

/** The metrics that say how things are now. Names follow the limits of the counters. */
export function gaugeFamilies(
  namespace: string,
  readings: GaugeReadings,
  limited: LimitedMetrics,
): readonly Family[] {
  const { memory, lag } = readings;
  const memoryOf = (kind: string, value: number): Sample => ({ labels: { kind }, value });
  const ofNamespace = (value: number): readonly Sample[] => [{ labels: { namespace }, value }];
  return [
    activeFamily(namespace, readings.activeRuns, limited.flows),
    ...queueFamilies(namespace, readings.queues, limited.queues),
    toFamily("millrace_workers_alive", ofNamespace(readings.workersAlive)),
    toFamily("millrace_timers_pending", ofNamespace(readings.timersPending)),
    toFamily("millrace_feed_entries", ofNamespace(readings.feedEntries)),
    toFamily("millrace_redis_memory_bytes", [
      memoryOf("used", memory.usedBytes),
      ...(memory.maxBytes === null ? [] : [memoryOf("max", memory.maxBytes)]),
    ]),
    toFamily("millrace_projection_lag_events", ofNamespace(lag.events)),
    toFamily("millrace_projection_lag_seconds", ofNamespace(lag.ms / 1_000)),
    toFamily("millrace_projection_set_aside", ofNamespace(readings.setAside)),
  ];
}

/** Every flow that has counters has these too, at 0 when nothing of it is open. */
function activeFamily(
  namespace: string,
  active: readonly ActiveRuns[],
  { own, rest }: LimitedMetrics["flows"],
): Family {
  const nameless = new Set(rest.map(({ flow }) => flow));
  const flows = new Map<string, Map<string, number>>();
  const countsOf = (given: string): Map<string, number> => {
    const flow = nameless.has(given) ? otherName : given;
    const counts = flows.get(flow) ?? new Map<string, number>();
    flows.set(flow, counts);
    return counts;
  };
  for (const { flow } of [...own, ...rest]) countsOf(flow);
  for (const { flow, state, count } of active) countIn(countsOf(flow), state, count);
  const name = "millrace_runs_active";
  return toFamily(
    name,
    [...flows].flatMap(([flow, counts]) =>
      closedSamples(name, "state", { shared: { namespace, flow }, counts }),
    ),
  );
}

function queueFamilies(
  namespace: string,
  depths: readonly QueueDepth[],
  { rest }: LimitedMetrics["queues"],
): readonly Family[] {
  const nameless = new Set(rest.map(({ queue }) => queue));
  const summed = new Map<string, QueueDepth>();
  for (const depth of depths) {
    const queue = nameless.has(depth.queue) ? otherName : depth.queue;
    summed.set(queue, addDepth(summed.get(queue) ?? null, { ...depth, queue }));
  }
  const jobs = [...summed.values()].flatMap(({ queue, waiting, active, delayed }) => {
    const counts = new Map(Object.entries({ waiting, active, delayed }));
    return closedSamples("millrace_queue_jobs", "state", { shared: { namespace, queue }, counts });
  });
  const oldest = [...summed.values()].map(({ queue, oldestWaitingMs }) => ({
    labels: { namespace, queue },
    value: oldestWaitingMs / 1_000,
  }));
  return [toFamily("millrace_queue_jobs", jobs), toFamily("millrace_queue_oldest_waiting_seconds", oldest)];
}

export function addDepth(one: QueueDepth | null, other: QueueDepth): QueueDepth {
  if (one === null) return other;
  return {
    queue: one.queue,
    waiting: one.waiting + other.waiting,
    active: one.active + other.active,
    delayed: one.delayed + other.delayed,
    oldestWaitingMs: Math.max(one.oldestWaitingMs, other.oldestWaitingMs),
  };
}
