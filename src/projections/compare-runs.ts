import type { RecordedError } from "../base/recorded-error.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import type { Payload } from "../events/fields.ts";
import { type RunStep, stepsOf } from "./run-steps.ts";

/** How two runs differ where they first do. */
export type DivergenceKind =
  | "flow" // they are runs of different flows
  | "input"
  | "step" // another call was made, or another fact came next
  | "arguments" // the same call with other arguments, or another length of sleep
  | "outcome" // one task completed, the other one failed
  | "result" // the same task gave other results
  | "error" // the same task failed with other errors
  | "end" // they ended in different states
  | "output" // their flows returned different values
  | "missing"; // one of them has nothing like it, or has not come so far

/** Where one of the two runs stands at the first difference. */
export interface DivergenceSide {
  readonly turn: number; // 0 = before the first one
  readonly event: RecordedEvent; // what it has there, or its newest event
  readonly isThere: boolean; // false = it has nothing like what the other one has; `event` is its newest one
}

export interface RunDivergence {
  readonly kind: DivergenceKind;
  readonly one: DivergenceSide;
  readonly other: DivergenceSide;
}

/** What to leave out of a comparison. */
export interface Leniency {
  readonly ignoreValues?: boolean; // inputs, arguments, results and messages: only the path through the code counts
  readonly ignoreOrder?: boolean; // of calls and facts: a fan-out comes back in another order each time
}

/**
 * The first difference between two histories as their code and people see them: input; calls by key, with name and
 * arguments; facts in the order in which the code was given them, with results and errors; the end. Times, ids, workers,
 * queues, epochs, attempts, stacks, and how facts were shared out among turns do not count. null = there is none. A value
 * that only one of two runs keeps in the payload store counts as different. O(events).
 */
export function firstDivergence(
  one: readonly RecordedEvent[],
  other: readonly RecordedEvent[],
  leniency: Leniency = {},
): RunDivergence | null {
  const [created, otherCreated] = [one[0], other[0]];
  if (created !== undefined && otherCreated !== undefined && flowOf(created) !== flowOf(otherCreated)) {
    const at = (event: RecordedEvent): DivergenceSide => ({ turn: 0, event, isThere: true });
    return { kind: "flow", one: at(created), other: at(otherCreated) };
  }
  const [first, second] = [
    { steps: stepsOf(one), last: one.at(-1) },
    { steps: stepsOf(other), last: other.at(-1) },
  ];
  return leniency.ignoreOrder === true
    ? compareUnordered(first, second, leniency)
    : compareInOrder(first, second, leniency);
}

function flowOf(event: RecordedEvent): string | null {
  return event.type === "RunCreated" ? event.data.flow : null;
}

interface Side {
  readonly steps: readonly RunStep[];
  readonly last: RecordedEvent | undefined;
}

function compareInOrder(one: Side, other: Side, leniency: Leniency): RunDivergence | null {
  const length = Math.max(one.steps.length, other.steps.length);
  for (let index = 0; index < length; index += 1) {
    const [step, otherStep] = [one.steps[index], other.steps[index]];
    const kind = compareSteps(step, otherStep, leniency);
    if (kind !== null) return differAt(kind, toSide(step, one), toSide(otherStep, other));
  }
  return null;
}

/** Matches steps by what they are about; the order is that of the first run, then that of the second. */
function compareUnordered(one: Side, other: Side, leniency: Leniency): RunDivergence | null {
  const matches = new Map(other.steps.map((step) => [identityOf(step), step]));
  for (const step of one.steps) {
    const match = matches.get(identityOf(step));
    const kind = compareSteps(step, match, leniency);
    if (kind !== null) return differAt(kind, toSide(step, one), toSide(match, other));
    matches.delete(identityOf(step));
  }
  const [extra] = matches.values();
  return extra === undefined ? null : differAt("missing", toSide(undefined, one), toSide(extra, other));
}

function differAt(
  kind: DivergenceKind,
  one: DivergenceSide | null,
  other: DivergenceSide | null,
): RunDivergence | null {
  return one === null || other === null ? null : { kind, one, other };
}

function toSide(step: RunStep | undefined, { last, steps }: Side): DivergenceSide | null {
  if (step !== undefined) return { turn: step.turn, event: step.event, isThere: true };
  return last === undefined ? null : { turn: steps.at(-1)?.turn ?? 0, event: last, isThere: false };
}

function identityOf({ kind, event }: RunStep): string {
  return "key" in event.data ? `${kind} ${event.data.key}` : kind;
}

/** null = they do not differ. */
function compareSteps(
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

function isInput(event: RecordedEvent): event is RecordedEvent<"RunCreated" | "RunStarted"> {
  return event.type === "RunCreated" || event.type === "RunStarted";
}

function natureOf({ type }: RecordedEvent): DivergenceKind {
  if (type === "TaskScheduled" || type === "TimerStarted") return "step";
  const isFact =
    type === "TaskCompleted" || type === "TaskFailed" || type === "TaskReused" || type === "TimerFired";
  return isFact ? "outcome" : "end";
}

/** Of a task, or of a state. */
function nameOf({ data }: RecordedEvent): string | null {
  return "name" in data ? data.name : null;
}

/** Of two events of one sort: the first thing in which they differ. */
function compareValues(one: RecordedEvent, other: RecordedEvent): DivergenceKind | null {
  const [held, otherHeld] = [valuesOf(one), valuesOf(other)];
  return held.find(([, value], index) => !isSame(value, otherHeld[index]?.[1]))?.[0] ?? null;
}

type Held = Payload | string | number | null | undefined;

/** What an event holds that people see, and what it means when that differs. */
function valuesOf(event: RecordedEvent): readonly (readonly [DivergenceKind, Held])[] {
  switch (event.type) {
    case "RunCreated":
    case "RunPostponed":
    case "RunStarted":
      return [["input", event.data.input]];
    case "TaskScheduled":
      return [["arguments", event.data.fingerprint]];
    case "TimerStarted":
      return [["arguments", event.data.ms]];
    case "TaskCompleted":
    case "TaskReused":
      return [["result", event.data.output]];
    case "RunCompleted":
      return [
        ["output", event.data.output],
        ["end", event.data.message],
      ];
    case "TaskFailed":
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
