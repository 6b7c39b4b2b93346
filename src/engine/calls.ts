import type { TaskOverrides } from "../events/task-events.ts";
import type { TaskSpec } from "./specs.ts";

interface Issued {
  readonly key: string;
  readonly after: number; // index in the turn's `delivered` of the fact that led here; -1 = before all
  readonly site: string | null; // file:line; null = unknown
}

export interface TaskCall extends Issued {
  readonly kind: "task";
  readonly name: string;
  readonly queue: string | null; // null = in the owner's process
  readonly input: Uint8Array | null; // the list of arguments as it was at the call; null = replayed, it is recorded
  readonly fingerprint: number; // of the arguments
  readonly task: TaskSpec;
  readonly overrides: TaskOverrides | null; // options that a queued call carries along; null = as defined
}

export interface TimerCall extends Issued {
  readonly kind: "timer";
  readonly ms: number;
}

/** Something that the flow asked for and waits for. */
export type Call = TaskCall | TimerCall;

type Unissued<T extends Call> = Omit<T, "after">;
export type NewCall = Unissued<TaskCall> | Unissued<TimerCall>;

/** How a call ended. */
export type Settlement =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: Error };
