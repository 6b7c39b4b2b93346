import { groupBy } from "../base/group-by.ts";
import { usesPriorities } from "../sdk/registry.ts";
import type { TaskHint } from "./run-ports.ts";

/** Hints of one run that travel in one job: a job of BullMQ costs more than the task that it is about. */
export interface TaskBundle {
  readonly flow: string;
  readonly queue: string;
  readonly hints: readonly TaskHint[];
}

const hintsAtMost = 16; // fewer than a worker has places, as a rule
const jobsAtLeast = 32; // of one turn and one queue, so that many workers get something

/** Marks hints of one turn that may travel together; those that are alone, delayed or limited stay alone. */
export function bundled(hints: readonly TaskHint[]): readonly TaskHint[] {
  if (hints.length < 2 * jobsAtLeast || usesPriorities()) return hints;
  const marked = new Map<TaskHint, TaskHint>();
  for (const lane of groupBy(hints.filter(mayTravelTogether), ({ queue }) => queue).values()) {
    const size = Math.min(hintsAtMost, Math.floor(lane.length / jobsAtLeast));
    if (size < 2) continue;
    for (const [index, hint] of lane.entries()) {
      const first = lane[index - (index % size)] ?? hint;
      marked.set(hint, { ...hint, bundle: first.position });
    }
  }
  return hints.map((hint) => marked.get(hint) ?? hint);
}

function mayTravelTogether({ delayMs, rules }: TaskHint): boolean {
  return delayMs === 0 && rules === undefined;
}

/** The hints of each job. */
export function groupsOf(hints: readonly TaskHint[]): readonly (readonly TaskHint[])[] {
  return [...groupBy(hints, groupOf).values()];
}

function groupOf({ run, queue, bundle, key, attempt }: TaskHint): string {
  return bundle === undefined ? `${run} ${attempt} ${key}` : `${queue} ${run} ${bundle}`;
}

export function isBundle(data: object): data is TaskBundle {
  return "hints" in data;
}

/** The id of a job that carries several hints; how many there are is for those who count what waits. */
export function bundleId({ run, bundle = 0 }: TaskHint, count: number): string {
  return `${run}.b${bundle}.${count}`;
}

/** How many hints a job carries, by its id. */
export function hintsIn(id: string): number {
  return Number(/\.b\d+\.(\d+)(?:\.|$)/.exec(id)?.[1] ?? 1);
}
