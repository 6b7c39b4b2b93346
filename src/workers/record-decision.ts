import { isEngineError } from "../base/errors.ts";
import { recordError, reviveError } from "../base/recorded-error.ts";
import type { Call, TaskCall } from "../engine/calls.ts";
import { type FinalState, stateOfError } from "../engine/final-state.ts";
import type { PayloadStore } from "../engine/run-log.ts";
import type { Event } from "../events/catalog.ts";
import { decodeValue, encodeValue } from "../events/codec.ts";
import type { Payload } from "../events/fields.ts";
import { RunCancelled, RunCompleted, RunFailed } from "../events/run-events.ts";
import { TaskScheduled } from "../events/task-events.ts";
import { TimerStarted } from "../events/timer-events.ts";

/** The run that a decision belongs to. */
export interface DecisionTarget {
  readonly run: string;
  readonly queue: string; // submitted tasks go there unless they name their own
  readonly payloads: PayloadStore;
}

/** The event of a call. Arguments that are too large end up in `refused`: the task fails, and the call is recorded. */
export function recordCall(
  call: Call,
  target: DecisionTarget,
  refused: Map<string, Error>,
): Event | Promise<Event> {
  const { key, after, site } = call;
  if (call.kind === "timer") return TimerStarted.make({ key, ms: call.ms, after, site });
  const { name, fingerprint, overrides } = call;
  const queue = call.queue === "" ? target.queue : call.queue;
  const toScheduled = (input: Payload): Event =>
    TaskScheduled.make({ key, name, queue, input, fingerprint, after, site, overrides, rules: null });
  const put = target.payloads.put(target.run, call.input ?? encodeValue([]), `The arguments of task ${key}`);
  return put instanceof Promise ? putInput(call, put, refused).then(toScheduled) : toScheduled(put);
}

async function putInput(
  call: TaskCall,
  put: Promise<Payload>,
  refused: Map<string, Error>,
): Promise<Payload> {
  try {
    return await put;
  } catch (error) {
    if (!isEngineError(error, "PAYLOAD_TOO_LARGE")) throw error;
    refused.set(call.key, error);
    return encodeValue([]);
  }
}

/** The last event of a run, and its state as a reader of the log will see it. */
export async function recordEnding(
  state: FinalState,
  target: DecisionTarget,
): Promise<{ readonly ending: Event; readonly final: FinalState }> {
  const { name, message } = state;
  if (state.type === "CANCELLED") return { ending: RunCancelled.make({ name, message }), final: state };
  if (state.type === "FAILED") {
    const error = recordError(state.error);
    return {
      ending: RunFailed.make({ error, name, message }),
      final: { ...state, error: reviveError(error) },
    };
  }
  try {
    const bytes = encodeValue(state.output);
    const output = await target.payloads.put(target.run, bytes, "The result of the flow");
    const final = { ...state, output: decodeValue(bytes, "The result of the flow") };
    return { ending: RunCompleted.make({ output, name, message }), final };
  } catch (error) {
    if (!isEngineError(error, "PAYLOAD_TOO_LARGE")) throw error;
    return recordEnding(stateOfError(error), target);
  }
}
