import { isEngineError } from "../base/errors.ts";

/** How a run or a task ended; type and name as in Prefect. */
export interface FinalState {
  readonly type: "COMPLETED" | "FAILED" | "CANCELLED";
  readonly name: string; // "Completed", "Failed", "TimedOut", or one that the author chose
  readonly message: string | null;
  readonly output: unknown; // of a COMPLETED state
  readonly error: Error | null; // of a FAILED state
  readonly continueWith?: { readonly input: unknown }; // a new run of the flow carries this one on
  readonly next?: string; // the id of that run
}

const stateBrand = Symbol.for("millrace.state");
const futureBrand = Symbol.for("millrace.future");

/** A state that a flow returns to say how it ended. */
export interface ReturnedState<Output = unknown> extends FinalState {
  readonly [stateBrand]: true;
  readonly outputType?: Output; // never set: it tells the compiler what a caller of the flow gets
}

/** Something with a state that will be final; a future of a task. */
export interface WithFinalState {
  readonly [futureBrand]: true;
  finalState(): Promise<FinalState>;
}

interface StateOptions {
  readonly name?: string;
  readonly message?: string;
}

/** Returned from a flow: it ended well. */
export function completed<Output = undefined>(
  options: StateOptions & { readonly output?: Output } = {},
): ReturnedState<Output | undefined> {
  const { name = "Completed", message = null, output } = options;
  return { [stateBrand]: true, type: "COMPLETED", name, message, output, error: null };
}

/** Returned from a flow: it failed, without an error being thrown. */
export function failed(options: StateOptions & { readonly error?: Error } = {}): ReturnedState<never> {
  const { name = "Failed", message = null } = options;
  const error = options.error ?? new Error(message ?? "The flow returned a failed state.");
  return { [stateBrand]: true, type: "FAILED", name, message, output: undefined, error };
}

/** Returned from a flow: it gave up on purpose. */
export function cancelled(options: StateOptions = {}): ReturnedState<never> {
  const { name = "Cancelled", message = null } = options;
  return { [stateBrand]: true, type: "CANCELLED", name, message, output: undefined, error: null };
}

/**
 * Returned from a flow that goes on for ever: this run ends, and a new run of the same flow with a history of its own
 * begins with `input`. Whoever waits for the result gets that of the last run.
 */
export function continueAsNew(input?: unknown): ReturnedState<never> {
  const message = "Continued as a new run.";
  const state = {
    type: "COMPLETED",
    name: "ContinuedAsNew",
    message,
    output: undefined,
    error: null,
  } as const;
  return { [stateBrand]: true, ...state, continueWith: { input } };
}

/** Makes a future recognisable; spread into the class or object. */
export const futureMark: { readonly [futureBrand]: true } = { [futureBrand]: true };

function isReturnedState(value: unknown): value is ReturnedState {
  return typeof value === "object" && value !== null && stateBrand in value;
}

export function isFuture(value: unknown): value is WithFinalState {
  return typeof value === "object" && value !== null && futureBrand in value;
}

const causesDeep = 5;

/** The cancellation that an error is, or comes from; null = it has another reason. */
function findCancellation(error: unknown): Error | null {
  let cause = error;
  for (let depth = 0; depth < causesDeep && cause instanceof Error; depth += 1) {
    if (isEngineError(cause, "CALL_CANCELLED")) return cause;
    cause = cause.cause;
  }
  return null;
}

/** The state of a flow that threw. */
export function stateOfError(error: Error): FinalState {
  const cancellation = findCancellation(error);
  if (cancellation !== null)
    return {
      type: "CANCELLED",
      name: "Cancelled",
      message: cancellation.message,
      output: undefined,
      error: null,
    };
  const text = `Flow run encountered an exception: ${error.name}: ${error.message}`;
  const message = text.slice(0, 500).toWellFormed(); // the whole text is in the error
  const name = isEngineError(error, "RUN_TIMED_OUT") ? "TimedOut" : "Failed";
  return { type: "FAILED", name, message, output: undefined, error };
}

/**
 * The state of a flow that returned `value`: a state is itself, a future its own, a list made only of these is
 * COMPLETED when all are; anything else is a result, and COMPLETED.
 */
export async function stateOfResult(value: unknown): Promise<FinalState> {
  if (isReturnedState(value)) return value;
  if (isFuture(value)) return value.finalState();
  if (Array.isArray(value) || value instanceof Set) {
    const members: unknown[] = [...value];
    if (members.length > 0 && members.every((member) => isReturnedState(member) || isFuture(member))) {
      return summarize(await Promise.all(members.map(stateOfResult)));
    }
  }
  return { type: "COMPLETED", name: "Completed", message: null, output: value, error: null };
}

function summarize(states: readonly FinalState[]): FinalState {
  const notCompleted = states.filter(({ type }) => type !== "COMPLETED");
  if (notCompleted.length === 0) {
    const output = states.map((state) => state.output);
    return { type: "COMPLETED", name: "Completed", message: "All states completed.", output, error: null };
  }
  if (notCompleted.some(({ type }) => type === "CANCELLED")) {
    return { type: "CANCELLED", name: "Cancelled", message: null, output: undefined, error: null };
  }
  const message = `${notCompleted.length}/${states.length} states failed.`;
  const cause = notCompleted.find(({ error }) => error !== null)?.error;
  const error = new Error(message, cause === undefined ? undefined : { cause });
  return { type: "FAILED", name: "Failed", message, output: undefined, error };
}
