import { isEngineError } from "../base/errors.ts";
import { findUnrecordable, unrecordable } from "../base/recordable.ts";
import { recordError } from "../base/recorded-error.ts";
import type { AnswerNote, Call, ChildCall, TaskCall } from "../engine/calls.ts";
import type { ResultPlan } from "../engine/result-plan.ts";
import type { PayloadStore } from "../engine/run-log.ts";
import { CallCancelled, PatchMarked } from "../events/call-events.ts";
import type { Event } from "../events/catalog.ts";
import { ChildScheduled } from "../events/child-events.ts";
import { encodeValue } from "../events/codec.ts";
import type { Payload } from "../events/fields.ts";
import { SignalAwaited, UpdateAnswered } from "../events/signal-events.ts";
import { TaskScheduled } from "../events/task-events.ts";
import { TimerStarted } from "../events/timer-events.ts";
import { withCache } from "./cache-rule.ts";

/** The run that a decision belongs to. */
export interface DecisionTarget {
  readonly run: string;
  readonly queue: string; // submitted tasks go there unless they name their own
  readonly payloads: PayloadStore;
  readonly newRunId: () => string;
  readonly results: ResultPlan | null; // what becomes of the flow's own result
}

/** The event of a call. Arguments that are too large end up in `refused`: the task fails, and the call is recorded. */
export function recordCall(
  call: Call,
  target: DecisionTarget,
  refused: Map<string, Error>,
): Event | Promise<Event> {
  switch (call.kind) {
    case "task":
      return recordTask(call, target, refused);
    case "timer":
      return TimerStarted.make({ key: call.key, ms: call.ms, after: call.after, site: call.site });
    case "signal": {
      const { key, name, after, site, form, prompt } = call;
      return SignalAwaited.make({ key, name, after, site, form, prompt });
    }
    case "child":
      return recordChild(call, target, refused);
    case "cancel":
      return CallCancelled.make({ key: call.key, after: call.after, reason: call.reason.slice(0, 200) });
    case "patch":
      return PatchMarked.make({ key: call.key, after: call.after });
    case "answer":
      return recordAnswer(call, target);
  }
}

function recordTask(
  call: TaskCall,
  target: DecisionTarget,
  refused: Map<string, Error>,
): Event | Promise<Event> {
  const { key, after, site, name, fingerprint, overrides } = call;
  const rules = withCache(call.rules, call.cache);
  const queue = call.queue === "" ? target.queue : call.queue;
  const toScheduled = (input: Payload): Event =>
    TaskScheduled.make({ key, name, queue, input, fingerprint, after, site, overrides, rules });
  const put = target.payloads.put(
    target.run,
    call.input ?? encodeValue([]),
    `The arguments of task ${key}`,
    null,
  );
  return put instanceof Promise ? putInput(call, put, refused).then(toScheduled) : toScheduled(put);
}

async function recordChild(
  call: ChildCall,
  target: DecisionTarget,
  refused: Map<string, Error>,
): Promise<Event> {
  const { key, after, site, name: flow, fingerprint, onClose, runName: name } = call;
  const queue = call.queue === "" ? target.queue : call.queue;
  const run = target.newRunId();
  const put = target.payloads.put(
    run,
    call.input ?? encodeValue(undefined),
    `The parameters of child ${key}`,
    null,
  );
  const input = put instanceof Promise ? await putInput(call, put, refused) : put;
  return ChildScheduled.make({ key, run, flow, name, queue, input, fingerprint, onClose, after, site });
}

/** An answer that cannot be recorded is the asker's error. */
async function recordAnswer(
  { key, after, settlement }: AnswerNote,
  { run, payloads }: DecisionTarget,
): Promise<Event> {
  if (!settlement.ok)
    return UpdateAnswered.make({ key, after, output: null, error: recordError(settlement.error) });
  const what = `The answer to update ${key}`;
  const refusal = findUnrecordable(settlement.value);
  try {
    if (refusal !== null) throw unrecordable(what, refusal);
    const output = await payloads.put(run, encodeValue(settlement.value), what, null);
    return UpdateAnswered.make({ key, after, output, error: null });
  } catch (error) {
    if (!isEngineError(error, "PAYLOAD_TOO_LARGE") && !isEngineError(error, "OUTPUT_UNRECORDABLE"))
      throw error;
    return UpdateAnswered.make({ key, after, output: null, error: recordError(error) });
  }
}

async function putInput(
  call: TaskCall | ChildCall,
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
