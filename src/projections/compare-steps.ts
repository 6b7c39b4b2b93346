import type { RecordedError } from "../base/recorded-error.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import type { Payload } from "../events/fields.ts";
import type { RunStep } from "./run-steps.ts";
import { isStepCall, isStepFact, type StepCall, type StepFact } from "./step-events.ts";

/** How two runs differ where they first do. */
export type DivergenceKind =
  | "flow" // they are runs of different flows
  | "input"
  | "step" // another call was made, or another fact came next
  | "arguments" // the same call with other arguments, or another length of sleep
  | "outcome" // one task completed, the other one failed
  | "result" // the same task, child or update gave other results
  | "payload" // the same signal or update came with another value
  | "error" // the same task failed with other errors
  | "end" // they ended in different states
  | "output" // their flows returned different values
  | "missing"; // one of them has nothing like it, or has not come so far

/** What to leave out of a comparison. */
export interface Leniency {
  readonly ignoreValues?: boolean; // inputs, arguments, results and messages: only the path through the code counts
  readonly ignoreOrder?: boolean; // of calls and facts: a fan-out comes back in another order each time
}

/** What a step is about. Ids of signals and updates are made anew for each run, and their names are not. */
export function identityOf({ kind, event }: RunStep): string {
  if (event.type === "SignalReceived" || event.type === "UpdateRequested")
    return `${kind} of ${event.data.name}`;
  if (event.type === "UpdateAnswered") return `${kind} to an update`;
  if (event.type === "RunCancelRequested") return `${kind} to end`;
  if (kind === "end") return isLast(event) ? "end" : `end of an attempt`;
  if (event.type === "CallCancelled") return `${kind} given up: ${event.data.key}`;
  return "key" in event.data ? `${kind} ${event.data.key}` : kind;
}

function isLast({ type }: RecordedEvent): boolean {
  return type !== "RunAttemptFailed" && type !== "RunContinued";
}

/** null = they do not differ. */
export function compareSteps(
  one: RunStep | undefined,
  other: RunStep | undefined,
  { ignoreValues = false }: Leniency,
): DivergenceKind | null {
  if (one === undefined || other === undefined) return one === other ? null : "missing";
  if (identityOf(one) !== identityOf(other)) return "step";
  const kind = compareNature(one.event, other.event);
  return kind !== null || ignoreValues ? kind : compareValues(one.event, other.event);
}

/** Of two events about the same thing: whether they are of one sort. */
function compareNature(one: RecordedEvent, other: RecordedEvent): DivergenceKind | null {
  if (isInput(one)) return null;
  return sortOf(one) === sortOf(other) && nameOf(one) === nameOf(other) ? null : natureOf(one);
}

/** A result that was shared is a result as any other. */
function sortOf({ type }: RecordedEvent): string {
  return type === "TaskReused" ? "TaskCompleted" : type;
}

function isInput(event: RecordedEvent): event is RecordedEvent<"RunCreated" | "RunPostponed" | "RunStarted"> {
  return event.type === "RunCreated" || event.type === "RunPostponed" || event.type === "RunStarted";
}

function natureOf(event: RecordedEvent): DivergenceKind {
  if (isStepCall(event)) return "step";
  return isStepFact(event) ? "outcome" : "end";
}

/** Of a task, of a flow, or of a state; the name of a child is for people, and the way of its result is its state. */
function nameOf({ type, data }: RecordedEvent): string | null {
  if (type === "ChildScheduled") return data.flow;
  return "name" in data ? data.name : null;
}

/** Of two events of one sort: the first thing in which they differ. */
function compareValues(one: RecordedEvent, other: RecordedEvent): DivergenceKind | null {
  const [held, otherHeld] = [valuesOf(one), valuesOf(other)];
  return held.find(([, value], index) => !isSame(value, otherHeld[index]?.[1]))?.[0] ?? null;
}

type Held = Payload | string | number | null | undefined;

/** What an event holds that people see, and what it means when that differs. */
function valuesOf(event: RecordedEvent): Values {
  if (isStepCall(event)) return valuesOfCall(event);
  return isStepFact(event) ? valuesOfFact(event) : valuesOfEnd(event);
}

type Values = readonly (readonly [DivergenceKind, Held])[];

function valuesOfCall(event: StepCall): Values {
  switch (event.type) {
    case "TaskScheduled":
    case "ChildScheduled":
      return [["arguments", event.data.fingerprint]];
    case "TimerStarted":
      return [["arguments", event.data.ms]];
    case "SignalAwaited":
      return [["arguments", event.data.prompt]];
    case "UpdateAnswered":
      return valuesOfAnswer(event.data);
    default:
      return [];
  }
}

function valuesOfFact(event: StepFact): Values {
  switch (event.type) {
    case "SignalReceived":
      return [["payload", event.data.payload]];
    case "UpdateRequested":
      return [["payload", event.data.input]];
    case "TaskCompleted":
    case "TaskReused":
      return [["result", event.data.output]];
    case "TaskFailed":
      return [["error", errorText(event.data.error)]];
    case "ChildEnded":
      return valuesOfAnswer(event.data);
    default:
      return [];
  }
}

function valuesOfAnswer({ output, error }: RecordedEvent<"ChildEnded" | "UpdateAnswered">["data"]): Values {
  return [
    ["result", output],
    ["error", error === null ? null : errorText(error)],
  ];
}

function valuesOfEnd(event: RecordedEvent): Values {
  switch (event.type) {
    case "RunCreated":
    case "RunPostponed":
    case "RunStarted":
      return [["input", event.data.input]];
    case "RunContinued":
      return [["output", event.data.input]];
    case "RunCompleted":
      return [
        ["output", event.data.output],
        ["end", event.data.message],
      ];
    case "RunAttemptFailed":
    case "RunFailed":
      return [["error", errorText(event.data.error)]];
    case "RunCancelled":
      return [["end", event.data.message]];
    default:
      return [];
  }
}

function isSame(one: Held, other: Held): boolean {
  if (one instanceof Uint8Array && other instanceof Uint8Array)
    return one.length === other.length && one.every((byte, index) => byte === other[index]);
  return one === other || (Array.isArray(one) && Array.isArray(other) && one[0] === other[0]); // by the hash
}

/** Without stacks: their paths and lines differ between machines and releases. */
function errorText({ name, message, code, causes }: RecordedError): string {
  const parts = [{ name, message, code }, ...causes].map((part) => [part.name, part.message, part.code]);
  return JSON.stringify(parts);
}
