import { addRunMetrics } from "../projections/merge-run-metrics.ts";
import { newRunMetrics, type RunMetrics } from "../projections/run-metrics-document.ts";

/** Stands for all names that have no series of their own. */
export const otherName = "__other__";

/** How many names get series of their own, so that a store of Prometheus stays small. */
export interface SeriesLimits {
  readonly flows: number;
  readonly tasks: number; // pairs of flow and task
  readonly queues: number;
}

export const defaultSeriesLimits: SeriesLimits = { flows: 100, tasks: 500, queues: 100 };

/** What has a name of its own, and what does not. */
export interface Limited<Item> {
  readonly own: readonly Item[];
  readonly rest: readonly Item[];
}

/** Who came first has a name; the order is total, so it is the same in every process and after every restart. */
export function limitSeries<Item extends { readonly firstSeen: number }>(
  items: readonly Item[],
  limit: number,
  namesOf: (item: Item) => readonly string[],
): Limited<Item> {
  const text = (item: Item): string => JSON.stringify(namesOf(item));
  const sorted = items.toSorted(
    (one, two) => one.firstSeen - two.firstSeen || (text(one) < text(two) ? -1 : 1),
  );
  const mayOwn = sorted.filter((item) => !namesOf(item).includes(otherName));
  const own = mayOwn.slice(0, limit);
  const chosen = new Set(own);
  return { own, rest: sorted.filter((item) => !chosen.has(item)) };
}

/** What is counted of all those without a name; null = there are none. */
export function sumOfRest(rest: readonly RunMetrics[]): RunMetrics | null {
  if (rest.length === 0) return null;
  const sum = { ...newRunMetrics(), flow: otherName, task: otherName };
  for (const document of rest) addRunMetrics(sum, document);
  return sum;
}

/** Flows, tasks and queues of a namespace that have series of their own. */
export interface LimitedMetrics {
  readonly flows: Limited<RunMetrics>;
  readonly tasks: Limited<RunMetrics>;
  readonly queues: Limited<QueueWaits>;
}

export interface QueueWaits {
  readonly queue: string;
  firstSeen: number;
  readonly tally: number[]; // ms that attempts waited
}

export function limitMetrics(documents: readonly RunMetrics[], limits: SeriesLimits): LimitedMetrics {
  const tasks = documents.filter(({ task }) => task !== null);
  const flows = documents.filter(({ task }) => task === null);
  return {
    flows: limitSeries(flows, limits.flows, ({ flow }) => [flow]),
    tasks: limitSeries(tasks, limits.tasks, ({ flow, task }) => [flow, task ?? ""]),
    queues: limitSeries(queuesOf(tasks), limits.queues, ({ queue }) => [queue]),
  };
}

/** Every queue that a task was sent to. */
function queuesOf(tasks: readonly RunMetrics[]): readonly QueueWaits[] {
  const queues = new Map<string, QueueWaits>();
  for (const { queues: names, waits, firstSeen } of tasks) {
    for (const queue of names.keys()) {
      const found = queues.get(queue) ?? { queue, firstSeen, tally: [] };
      queues.set(queue, found);
      found.firstSeen = Math.min(found.firstSeen, firstSeen);
      for (const [index, count] of (waits.get(queue) ?? []).entries())
        found.tally[index] = (found.tally[index] ?? 0) + count;
    }
  }
  return [...queues.values()];
}
