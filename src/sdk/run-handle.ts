import type { z } from "zod";
import type { Duration } from "../base/durations.ts";
import type { RecordedEvent } from "../events/envelope.ts";

/** The state of a run now; type and name as in Prefect. */
export interface CurrentState {
  readonly type:
    | "SCHEDULED"
    | "PENDING"
    | "RUNNING"
    | "PAUSED"
    | "CANCELLING"
    | "COMPLETED"
    | "FAILED"
    | "CANCELLED"
    | "CRASHED";
  readonly name: string;
  readonly message: string | null;
  readonly isFinal: boolean;
  readonly startAt: number | null; // epoch ms; not to begin before; null = at once, or begun
}

/** A signal by its name and the schema of what it carries. */
export interface SignalTarget<Sent = unknown> {
  readonly name: string;
  readonly schema: z.ZodType<unknown, Sent> | null; // null = anything that can be recorded
}

export interface SendOptions {
  readonly key?: string; // the same key is delivered once; default: every sending is another one
}

export interface UpdateOptions {
  readonly timeout?: Duration; // for the answer; default none
  readonly key?: string; // the same key is one request, with one answer; default: another one each time
}

export interface ResultOptions {
  readonly timeout?: Duration; // default none
}

/** A run from outside: wait for it, look at it, talk to it. */
export interface RunHandle<Result = unknown> {
  readonly id: string;
  readonly name: string;
  readonly flow: string;
  readonly isNew: boolean; // this start made it; false = it was there: found, or by a key
  /**
   * Waits for the end and gives the result. Follows a run that goes on as a new one.
   * @throws EngineError RUN_FAILED, RUN_TIMED_OUT, RUN_CANCELLED, RUN_CRASHED (the flow's error is the cause),
   * RUN_BLOCKED while it is blocked, WAIT_TIMED_OUT
   */
  result(options?: ResultOptions): Promise<Result>;
  state(): Promise<CurrentState>;
  /** Every event of the run so far. */
  history(): Promise<readonly RecordedEvent[]>;
  /**
   * Asks the run to end; the flow may clean up first. One that was not begun, or is blocked, ends at once.
   * @throws EngineError RUN_CLOSED when it has ended otherwise
   */
  cancel(reason?: string): Promise<void>;
  /**
   * Asks the run to stand still: what its tasks do now ends, nothing new begins, signals are kept. A run that is
   * cancelled goes on, and cleans up.
   * @throws EngineError RUN_CLOSED
   */
  pause(reason?: string): Promise<void>;
  /**
   * Lets a paused run go on.
   * @throws EngineError COMMAND_REFUSED when it is not paused, RUN_CLOSED
   */
  resume(reason?: string): Promise<void>;
  /**
   * Sends a signal; kept until the flow waits for it.
   * @throws EngineError INPUT_INVALID, RUN_CLOSED
   */
  send<Sent>(signal: SignalTarget<Sent>, payload: Sent, options?: SendOptions): Promise<void>;
  send(signal: string, payload?: unknown, options?: SendOptions): Promise<void>;
  /**
   * Asks the run for an answer, and waits for it.
   * @throws EngineError COMMAND_REFUSED when the flow refused (its error is the cause), RUN_CLOSED, WAIT_TIMED_OUT
   */
  update<Answer = unknown>(name: string, input?: unknown, options?: UpdateOptions): Promise<Answer>;
  /**
   * Looks at what the flow shows by `onQuery`; a parked run is woken for it, and nothing is recorded. `timeout`: 10 s.
   * @throws EngineError COMMAND_REFUSED when the flow has no such query, RUN_CLOSED, WAIT_TIMED_OUT
   */
  query<Answer = unknown>(name: string, input?: unknown, options?: ResultOptions): Promise<Answer>;
}

/** While a run of the same flow and key is open: no other one, one after it, or one after it was cancelled. */
export type SingletonMode = "skip" | "queue" | "cancel-running";

export interface Singleton<Input = unknown> {
  readonly mode: SingletonMode;
  readonly key?: string | ((input: Input) => string); // default: one for the flow
}

/** Starts that follow each other closely become one, with the last input. */
export interface Debounce<Input = unknown> {
  readonly key?: string | ((input: Input) => string); // default: one for the flow
  readonly wait: Duration; // the run begins when there was no other start for so long
  readonly max?: Duration; // but not later than so long after the first; default: no limit
}

export interface StartOptions<Input = unknown> {
  readonly name?: string; // default: the flow's `runName`, else two friendly words
  readonly tags?: readonly string[]; // besides the flow's own
  readonly queue?: string; // default: the flow's own
  readonly idempotencyKey?: string; // one run of the flow for all starts with this key
  readonly startAt?: Date | number; // not to begin before; a number is epoch ms
  readonly delay?: Duration; // not to begin before it is over
  readonly singleton?: SingletonMode | Singleton<Input>;
  readonly debounce?: Debounce<Input>;
}

/** For all runs of `startMany`. */
export interface StartManyOptions<Input = unknown>
  extends Pick<StartOptions<Input>, "tags" | "queue" | "startAt" | "delay"> {
  readonly key?: (input: Input, index: number) => string; // one run of the flow for all starts with this key
}

/** What may follow the flow in `start`: its input, optional where nothing must be given, and options. */
export type StartArgs<Args extends readonly unknown[]> = Args extends readonly []
  ? [input?: undefined, options?: StartOptions<undefined>]
  : undefined extends Args[0]
    ? [input?: Args[0], options?: StartOptions<Args[0]>]
    : [input: Args[0], options?: StartOptions<Args[0]>];
