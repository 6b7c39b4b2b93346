import type { RecordedEvent } from "../events/envelope.ts";
import { compareSteps, type DivergenceKind, identityOf, type Leniency } from "./compare-steps.ts";
import { type RunStep, stepsOf } from "./run-steps.ts";

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
  const matches = new Map(counted(other.steps));
  for (const [identity, step] of counted(one.steps)) {
    const match = matches.get(identity);
    const kind = compareSteps(step, match, leniency);
    if (kind !== null) return differAt(kind, toSide(step, one), toSide(match, other));
    matches.delete(identity);
  }
  const [extra] = matches.values();
  return extra === undefined ? null : differAt("missing", toSide(undefined, one), toSide(extra, other));
}

/** Signals of one name, and ends of attempts, are told apart by their number. */
function counted(steps: readonly RunStep[]): readonly (readonly [identity: string, step: RunStep])[] {
  const counts = new Map<string, number>();
  return steps.map((step) => {
    const identity = identityOf(step);
    const count = (counts.get(identity) ?? 0) + 1;
    counts.set(identity, count);
    return [`${count} ${identity}`, step] as const;
  });
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
