import type { CloseRule } from "../events/child-events.ts";
import type { TaskOverrides, TaskRules } from "../events/task-events.ts";
import type { FlowSpec, TaskSpec } from "./specs.ts";
import type { CacheRequest } from "./task-cache.ts";

interface Issued {
  readonly key: string;
  readonly after: number; // index in the turn's `delivered` of the fact that led here; -1 = before all
}

interface Placed extends Issued {
  readonly site: string | null; // file:line; null = unknown, or it is replayed, and recorded
}

export interface TaskCall extends Placed {
  readonly kind: "task";
  readonly name: string;
  readonly queue: string | null; // null = in the owner's process
  readonly input: Uint8Array | null; // the list of arguments as it was at the call; null = replayed, it is recorded
  readonly fingerprint: number; // of the arguments
  readonly task: TaskSpec;
  readonly overrides: TaskOverrides | null; // options that a queued call carries along; null = as defined
  readonly rules: TaskRules | null; // null = none; or it is replayed, and they are recorded
  readonly cache: CacheRequest | null; // null = its result is not shared, or it is replayed
}

export interface TimerCall extends Placed {
  readonly kind: "timer";
  readonly ms: number;
}

export interface SignalCall extends Placed {
  readonly kind: "signal";
  readonly name: string;
  readonly form: string | null; // JSON Schema of the payload; null = not known
  readonly prompt: string | null; // what a person is asked; null = it is not for a person
}

export interface ChildCall extends Placed {
  readonly kind: "child";
  readonly name: string; // of the flow
  readonly flow: FlowSpec;
  readonly runName: string | null; // null = two friendly words
  readonly queue: string | null; // null = in the owner's process
  readonly input: Uint8Array | null; // null = replayed, it is recorded
  readonly fingerprint: number;
  readonly onClose: CloseRule;
}

/** Something that the flow asked for and waits for. */
export type WaitingCall = TaskCall | TimerCall | SignalCall | ChildCall;

/** The flow does not wait for a call any more. */
export interface CancelNote extends Issued {
  readonly kind: "cancel";
  readonly reason: string;
}

/** The flow took the new way of a change to its code. */
export interface PatchNote extends Issued {
  readonly kind: "patch";
}

/** What the flow answered to an update; the key is the request's id. */
export interface AnswerNote extends Issued {
  readonly kind: "answer";
  readonly settlement: Settlement;
}

/** Something that the flow asked for. A note waits for nothing. */
export type Call = WaitingCall | CancelNote | PatchNote | AnswerNote;

/** A place in the code, or how to find it: asked at once, while whoever makes the call is on the stack, or never. */
export type Site = string | null | (() => string | null);

type Unissued<T extends Issued> = Omit<T, "after">;
type Unplaced<T extends Placed> = Omit<T, "after" | "site"> & { readonly site: Site };
export type NewCall = Unplaced<TaskCall> | Unplaced<TimerCall> | Unplaced<SignalCall> | Unplaced<ChildCall>;
export type NewNote = Unissued<CancelNote> | Unissued<PatchNote> | Unissued<AnswerNote>;

/** How a call ended. */
export type Settlement =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: Error };

/** A fact on its way to the flow's code. */
export type Delivery =
  | { readonly to: "call"; readonly key: string; readonly settlement: Settlement }
  | { readonly to: "signal"; readonly name: string; readonly value: unknown } // to whoever waits longest for the name
  | { readonly to: "update"; readonly name: string; readonly id: string; readonly input: unknown }
  | { readonly to: "scope"; readonly error: Error }; // the run is cancelled

/** A fact that finds nobody is kept until somebody waits for it. */
export function isKept({ to }: Delivery): boolean {
  return to === "signal" || to === "update";
}
