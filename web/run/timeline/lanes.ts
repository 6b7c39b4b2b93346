import type { RunPicture } from "../../../src/projections/run-picture.ts";
import { hasFailed } from "./call-state.ts";
import { type CallRef, callIn, callsOf, labelOf } from "./calls.ts";

export type Grouping = "map" | "task" | "worker";

/** One row of the timeline: a call, or a stack of calls that belong together. */
export interface Lane {
  readonly id: string; // the key of the call; of a stack: what its calls have in common
  readonly label: string;
  readonly depth: number; // 1 = inside an expanded stack
  readonly calls: readonly CallRef[];
  readonly stack: "none" | "folded" | "expanded";
}

export interface LaneOptions {
  readonly groupBy: Grouping;
  readonly errorsOnly: boolean;
  readonly attempt: number | null; // of the flow; null = all of them
  readonly expanded: ReadonlySet<string>; // ids of stacks
}

/**
 * The rows of a timeline, in the order of the first call of each. Calls of one `map` are one row until somebody opens it;
 * so are, when asked for, the calls of one task or of one worker. O(calls).
 */
export function lanesOf(picture: RunPicture, options: LaneOptions): readonly Lane[] {
  const groups = new Map<string, { label: Labeler; calls: CallRef[] }>();
  for (const call of callsOf(picture)) {
    if (!isWanted(picture, call, options)) continue;
    const { id, label } = groupOf(picture, call, options.groupBy);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, { label, calls: [call] });
    else group.calls.push(call);
  }
  const lanes: Lane[] = [];
  for (const [id, { label, calls }] of groups) {
    const [first] = calls;
    if (first !== undefined && calls.length === 1) lanes.push(laneOf(first, 0));
    else pushStack(lanes, { id, label: label(calls), calls }, options.expanded.has(id));
  }
  return lanes;
}

type Labeler = (calls: readonly CallRef[]) => string;

function pushStack(lanes: Lane[], stack: Pick<Lane, "id" | "label" | "calls">, isExpanded: boolean): void {
  lanes.push({ ...stack, depth: 0, stack: isExpanded ? "expanded" : "folded" });
  if (isExpanded) for (const call of stack.calls) lanes.push(laneOf(call, 1));
}

function laneOf(call: CallRef, depth: number): Lane {
  return { id: call.key, label: labelOf(call.key), depth, calls: [call], stack: "none" };
}

function isWanted(picture: RunPicture, ref: CallRef, { errorsOnly, attempt }: LaneOptions): boolean {
  if (attempt !== null && ref.attempt !== attempt) return false;
  if (!errorsOnly) return true;
  const call = callIn(picture, ref);
  return call !== null && hasFailed(call);
}

interface Group {
  readonly id: string;
  readonly label: Labeler;
}

function groupOf(picture: RunPicture, call: CallRef, groupBy: Grouping): Group {
  switch (groupBy) {
    case "map":
      return mapOf(call);
    case "task":
      return { id: `task ${call.kind} ${call.name}`, label: (calls) => `${call.name} ×${calls.length}` };
    case "worker": {
      const worker = workerOf(picture, call);
      const name = worker ?? (call.kind === "task" ? "no worker yet" : "not on a worker");
      return { id: `worker ${name}`, label: (calls) => `${name} ×${calls.length}` };
    }
  }
}

/** "scope/fetch#1[3]" belongs to "scope/fetch#1["; any other key stands alone. */
function mapOf({ key }: CallRef): Group {
  const bracket = key.endsWith("]") ? key.lastIndexOf("[") : -1;
  if (bracket <= 0) return { id: key, label: () => labelOf(key) };
  const path = key.slice(0, bracket);
  return { id: `${path}[`, label: (calls) => `${labelOf(path)}[${rangeOf(calls, bracket)}]` };
}

/** "0..999" for numbered calls; else how many there are. */
function rangeOf(calls: readonly CallRef[], bracket: number): string {
  const given = (call: CallRef | undefined): string => call?.key.slice(bracket + 1, -1) ?? "";
  const [first, last] = [given(calls[0]), given(calls.at(-1))];
  const isNumbered = /^\d+$/.test(first) && /^\d+$/.test(last);
  return isNumbered ? `${first}..${last}` : `${calls.length} keys`;
}

function workerOf(picture: RunPicture, { kind, key }: CallRef): string | null {
  return kind === "task" ? (picture.tasks.get(key)?.attempts.at(-1)?.worker ?? null) : null;
}
