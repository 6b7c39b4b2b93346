import { usesPriorities } from "../sdk/registry.ts";
import { newId } from "./ids.ts";
import type { TaskHint } from "./run-ports.ts";

/** Hints of one queue and flow that travel in one job: a job of BullMQ costs more than the task that it is about. */
export interface TaskBundle {
  readonly flow: string;
  readonly queue: string;
  readonly hints: readonly TaskHint[];
}

const hintsAtMost = 16; // fewer than a worker has places, as a rule
const jobsAtLeast = 32; // where nobody knows how many workers there are
const jobsForEach = 8; // at least, so that every worker gets something, and none much more than the others

/** What one process knows of the tasks that it sends to one queue and flow. */
export interface LaneLoad {
  readonly open: number; // tasks that were called and have not ended
  readonly workers: number | null; // that serve the lane; null = not known yet
}

/**
 * How many hints may travel in one job: as many as leave the workers enough jobs, were all open tasks packed so. A few
 * tasks travel alone.
 */
export function hintsPerJob({ open, workers }: LaneLoad): number {
  if (usesPriorities()) return 1;
  const jobs = workers === null ? jobsAtLeast : jobsForEach * Math.max(1, workers);
  return Math.max(1, Math.min(hintsAtMost, Math.floor(open / jobs)));
}

/** The hints of each job. Those that are delayed or limited travel alone; the others as evenly as `size` allows. */
export function packed(hints: readonly TaskHint[], size: number): readonly HintGroup[] {
  if (size < 2) return hints.map((hint) => [hint]);
  const together = hints.filter(mayTravelTogether);
  const groups = hints.flatMap((hint): HintGroup[] => (mayTravelTogether(hint) ? [] : [[hint]]));
  const count = Math.ceil(together.length / size);
  for (let index = 0; index < count; index += 1) {
    const start = Math.floor((index * together.length) / count);
    const [first, ...others] = together.slice(start, Math.floor(((index + 1) * together.length) / count));
    if (first !== undefined) groups.push([first, ...others]);
  }
  return groups;
}

export type HintGroup = readonly [TaskHint, ...TaskHint[]];

function mayTravelTogether({ delayMs, rules }: TaskHint): boolean {
  return delayMs === 0 && rules === undefined;
}

export function isBundle(data: object): data is TaskBundle {
  return "hints" in data;
}

const ticket = `${newId().slice(-12).toLowerCase()}-`; // of this process
let bundles = 0;

/**
 * A new id for a job that carries several hints; how many there are is for those who count what waits. The hint of a
 * retry may travel while the job that brought the attempt before is still there: no two jobs have the same id.
 */
export function bundleId({ run, position }: TaskHint, count: number): string {
  bundles += 1;
  return `${run}.b${position}.${count}.${ticket}${bundles.toString(36)}`;
}

/** How many hints a job carries, by its id. */
export function hintsIn(id: string): number {
  return Number(/\.b\d+\.(\d+)(?:\.|$)/.exec(id)?.[1] ?? 1);
}
