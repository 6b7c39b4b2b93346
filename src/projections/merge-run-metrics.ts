import { newer } from "./run-metrics.ts";
import { newRunMetrics, type RunMetrics } from "./run-metrics-document.ts";
import { addTally, countIn, type Tally, tallyOf } from "./tally.ts";

/** Adds up documents of the same flow and task, which every shard has for itself; the given ones stay as they are. */
export function mergeRunMetrics(shards: Iterable<ReadonlyMap<string, RunMetrics>>): Map<string, RunMetrics> {
  const merged = new Map<string, RunMetrics>();
  for (const documents of shards) {
    for (const [id, document] of documents) {
      const sum = merged.get(id) ?? newRunMetrics();
      merged.set(id, sum);
      if (sum.firstSeen === 0) Object.assign(sum, { flow: document.flow, task: document.task });
      addRunMetrics(sum, document);
    }
  }
  return merged;
}

/** Adds everything that is counted, in place; the name stays. */
export function addRunMetrics(sum: RunMetrics, document: RunMetrics): void {
  const { firstSeen } = document;
  if (firstSeen !== 0 && (sum.firstSeen === 0 || firstSeen < sum.firstSeen)) sum.firstSeen = firstSeen;
  for (const field of countFields) addCounts(sum[field], document[field]);
  for (const field of ["durations", "waits"] as const) addTallies(sum[field], document[field]);
  for (const field of ["startDelay", "history", "taskDuration"] as const)
    addTally(sum[field], document[field]);
  for (const field of numberFields) sum[field] += document[field];
  for (const [index, exemplar] of document.exemplars.entries())
    sum.exemplars[index] = newer(sum.exemplars[index] ?? null, exemplar);
}

const countFields = [
  "events",
  "queues",
  "started",
  "finished",
  "runRetries",
  "children",
  "updates",
  "attempts",
  "shortcuts",
  "retries",
] as const satisfies readonly (keyof RunMetrics)[];

const numberFields = [
  "ownersLost",
  "blocked",
  "cancelsAsked",
  "childrenStarted",
  "signalsAwaited",
  "signalsReceived",
] as const satisfies readonly (keyof RunMetrics)[];

function addCounts(sum: Map<string, number>, counts: ReadonlyMap<string, number>): void {
  for (const [key, count] of counts) countIn(sum, key, count);
}

function addTallies(sum: Map<string, Tally>, tallies: ReadonlyMap<string, readonly number[]>): void {
  for (const [key, tally] of tallies) addTally(tallyOf(sum, key), tally);
}
