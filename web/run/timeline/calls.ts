import type { ChildPicture, TimerPicture, WaitPicture } from "../../../src/projections/call-pictures.ts";
import type { RunPicture } from "../../../src/projections/run-picture.ts";
import type { TaskPicture } from "../../../src/projections/task-picture.ts";

/** Something that a flow asked for, as the picture of its run has it. */
export type Call =
  | { readonly kind: "task"; readonly of: TaskPicture }
  | { readonly kind: "timer"; readonly of: TimerPicture }
  | { readonly kind: "wait"; readonly of: WaitPicture }
  | { readonly kind: "child"; readonly of: ChildPicture };

/** Which call it is, in whatever state of the run. */
export interface CallRef {
  readonly kind: Call["kind"];
  readonly key: string;
  readonly name: string; // of the task, signal or flow; a sleep is called "sleep"
  readonly position: number; // of the event that asked for it
  readonly attempt: number; // of the flow
}

/** Every call of a run in the order in which the flow made them. */
export function callsOf(picture: RunPicture): readonly CallRef[] {
  const refs: CallRef[] = [];
  const attempts = new Map(picture.turns.map(({ n, attempt }) => [n, attempt]));
  const add = (
    kind: Call["kind"],
    name: string,
    of: { key: string; position: number; turn: number },
  ): void => {
    refs.push({ kind, key: of.key, name, position: of.position, attempt: attempts.get(of.turn) ?? 1 });
  };
  for (const task of picture.tasks.values()) add("task", task.name, task);
  const isSorted = picture.timers.size + picture.waits.size + picture.children.size === 0;
  for (const timer of picture.timers.values()) add("timer", "sleep", timer);
  for (const wait of picture.waits.values()) add("wait", wait.name, wait);
  for (const child of picture.children.values()) add("child", child.flow, child);
  return isSorted ? refs : refs.sort((one, other) => one.position - other.position);
}

/** As `callIn`, for those who ask it ten thousand times a frame. */
export function ofIn(
  { tasks, timers, waits, children }: RunPicture,
  { kind, key }: CallRef,
): Call["of"] | undefined {
  switch (kind) {
    case "task":
      return tasks.get(key);
    case "timer":
      return timers.get(key);
    case "wait":
      return waits.get(key);
    case "child":
      return children.get(key);
  }
}

/** A call as it stands in one state of the run; null = it was not made yet. */
export function callIn(picture: RunPicture, { kind, key }: Pick<CallRef, "kind" | "key">): Call | null {
  switch (kind) {
    case "task": {
      const of = picture.tasks.get(key);
      return of === undefined ? null : { kind, of };
    }
    case "timer": {
      const of = picture.timers.get(key);
      return of === undefined ? null : { kind, of };
    }
    case "wait": {
      const of = picture.waits.get(key);
      return of === undefined ? null : { kind, of };
    }
    case "child": {
      const of = picture.children.get(key);
      return of === undefined ? null : { kind, of };
    }
  }
}

/** The key without what every key has: "fetch#1" is "fetch"; a second call keeps its "#2". */
export function labelOf(key: string): string {
  return key.replaceAll(/#1(?=[/[]|$)/g, "");
}
