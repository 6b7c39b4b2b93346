import type { RecordedEvent } from "../../../src/events/envelope.ts";
import type { RunPicture } from "../../../src/projections/run-picture.ts";
import { labelOf } from "../timeline/calls.ts";

/** Where a fork leaves the history of its run. */
export type ForkPoint =
  | { readonly at: "begin" } // nothing but the input is shared
  | { readonly at: "task"; readonly key: string } // up to its call; it is done again
  | { readonly at: "event"; readonly position: number }; // up to the last turn at or before it

/** What a fork from there means. */
export interface ForkPlan {
  readonly title: string;
  readonly request: { readonly turn: 0 } | { readonly task: string } | { readonly position: number };
  readonly cli: string; // options of `millrace fork`
  readonly shared: number; // events, at most
  readonly kept: number; // results of calls among them
  readonly again: readonly string[]; // labels of calls that have ended here, and are done again
  readonly edits: "args" | "input" | null; // what can be given anew
  readonly valuesAt: number | null; // the event that recorded it
}

export function planOf(
  picture: RunPicture,
  eventAt: (position: number) => RecordedEvent | null,
  point: ForkPoint,
): ForkPlan {
  const shared = sharedOf(picture, point);
  const tasks = [...picture.tasks.values()];
  const isKept = (task: (typeof tasks)[number]): boolean =>
    task.endPosition !== null &&
    task.endPosition <= shared &&
    (point.at !== "task" || task.key !== point.key);
  const ended = tasks.filter(({ endPosition }) => endPosition !== null);
  return {
    ...termsOf(picture, point, shared, eventAt),
    shared,
    kept: ended.filter(isKept).length,
    again: ended.filter((task) => !isKept(task)).map(({ key }) => labelOf(key)),
  };
}

/** The last event that both runs have. */
function sharedOf({ tasks, turns }: RunPicture, point: ForkPoint): number {
  switch (point.at) {
    case "begin":
      return 1;
    case "task":
      return Math.max(1, (tasks.get(point.key)?.position ?? 1) - 1);
    case "event":
      return turns.findLast(({ position }) => position <= point.position)?.position ?? 1;
  }
}

type Terms = Pick<ForkPlan, "title" | "request" | "cli" | "edits" | "valuesAt">;

function termsOf(
  { tasks, turns }: RunPicture,
  point: ForkPoint,
  shared: number,
  eventAt: (position: number) => RecordedEvent | null,
): Terms {
  switch (point.at) {
    case "begin": {
      const created = eventAt(1);
      const hasInput = created !== null;
      return {
        title: "A new run with the same, or another, input; nothing else is shared.",
        request: { turn: 0 },
        cli: "",
        edits: hasInput ? "input" : null,
        valuesAt: hasInput ? 1 : null,
      };
    }
    case "task": {
      const { key } = point;
      return {
        title: `It has everything up to the call of ${labelOf(key)}, which is done again.`,
        request: { task: key },
        cli: ` --task '${key.replaceAll("'", "'\\''")}'`,
        edits: "args",
        valuesAt: tasks.get(key)?.position ?? null,
      };
    }
    case "event": {
      const turn = turns.findLast(({ position }) => position <= shared)?.n ?? 0;
      return {
        title: `It has everything up to turn ${turn}, the last one at or before event ${point.position}.`,
        request: { position: point.position },
        cli: ` --turn ${turn}`,
        edits: null,
        valuesAt: null,
      };
    }
  }
}
