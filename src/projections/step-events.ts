import type { RecordedEvent } from "../events/envelope.ts";

/** What a flow can be given. */
const facts = [
  "TaskCompleted",
  "TaskFailed",
  "TaskReused",
  "TimerFired",
  "ChildEnded",
  "CallReused",
  "SignalReceived",
  "UpdateRequested",
  "RunCancelRequested",
] as const;

/** What a flow can ask for, or do. */
const calls = [
  "TaskScheduled",
  "TimerStarted",
  "SignalAwaited",
  "ChildScheduled",
  "CallCancelled",
  "PatchMarked",
  "UpdateAnswered",
] as const;

/** How a flow, or one attempt of it, can end. */
const ends = [
  "RunCompleted",
  "RunFailed",
  "RunCancelled",
  "RunCrashed",
  "RunAttemptFailed",
  "RunContinued",
] as const;

const factTypes: ReadonlySet<string> = new Set(facts);
const callTypes: ReadonlySet<string> = new Set(calls);
const endTypes: ReadonlySet<string> = new Set(ends);

export type StepFact = RecordedEvent<(typeof facts)[number]>;
export type StepCall = RecordedEvent<(typeof calls)[number]>;
export type StepEnd = RecordedEvent<(typeof ends)[number]>;

export function isStepFact(event: RecordedEvent): event is StepFact {
  return factTypes.has(event.type);
}

export function isStepCall(event: RecordedEvent): event is StepCall {
  return callTypes.has(event.type);
}

export function isStepEnd(event: RecordedEvent): event is StepEnd {
  return endTypes.has(event.type);
}
