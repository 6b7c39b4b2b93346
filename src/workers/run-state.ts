import { isType, type RecordedEvent } from "../events/envelope.ts";
import type { StateType } from "../projections/run-summary.ts";
import type { OpenRecord } from "../redis/held.ts";
import type { RunOutline } from "../redis/list-runs.ts";
import type { RosterEntry } from "../redis/roster.ts";

/** The state of a run as people see it; type and name as in Prefect. */
export interface RunState {
  readonly type: StateType;
  readonly name: string;
  readonly message: string | null;
  readonly isFinal: boolean;
}

/** Whether a worker is there that would continue the run; scripts take no runs of others. */
export function isServed(roster: readonly RosterEntry[], flow: string, queue: string): boolean {
  return roster.some((card) => card.isAlive && !card.isLocal && lanesOf(card, flow).includes(queue));
}

/** The queues that a worker serves for a flow; empty = it does not have the flow. */
export function lanesOf({ flows, lanes, queues }: RosterEntry, flow: string): readonly string[] {
  return flows.includes(flow) ? (lanes[flow] ?? queues) : [];
}

/** What the state of an open run depends on. */
export interface OpenFacts {
  readonly flow: string;
  readonly queue: string;
  readonly isBegun: boolean; // there is more than its creation
  readonly lostWorker: string | null; // the newest event says that this one lost it; null = it says something else
  readonly open: OpenRecord | null; // null = it has ended meanwhile
  readonly startAt: number | null; // epoch ms; not to begin before; null = at once
  readonly logged: LoggedState | null; // what its events say; null = they were not read
}

/** The state of a run by its events alone, as its summary has it. */
export type LoggedState = Pick<RunState, "type" | "name" | "message">;

export function stateOf(
  { created, startedAt, last, open }: RunOutline,
  roster: readonly RosterEntry[],
  logged: LoggedState | null = null,
): RunState {
  const { flow, queue } = created.data;
  const isBegun = startedAt !== null || (last.position > 1 && !beforeBegin.has(last.type));
  const lostWorker = isType(last, "OwnerLost") ? last.data.worker : null;
  const startAt = startAtOf({ created, last });
  return finalState(last) ?? openState({ flow, queue, isBegun, lostWorker, open, startAt, logged }, roster);
}

/** Facts that a run may hear before its code is called. */
const beforeBegin: ReadonlySet<string> = new Set([
  "RunPostponed",
  "RunPaused",
  "RunResumed",
  "RunCancelRequested",
  "SignalReceived",
  "UpdateRequested",
]);

/** When a run that was not begun is to begin at the earliest, in epoch ms; null = at once. */
export function startAtOf({ created, last }: Pick<RunOutline, "created" | "last">): number | null {
  return isType(last, "RunPostponed") ? last.data.startAt : created.data.startAt;
}

/** The state of a run that has not ended. */
export function openState(facts: OpenFacts, roster: readonly RosterEntry[]): RunState {
  const { isBegun, open, logged } = facts;
  if (open === null) return begunState(logged);
  if (open.isBlocked)
    return unfinished("PAUSED", "Blocked", "The code and the history disagree; nothing is lost.");
  if (open.owner === null) return waitsForNobody(logged) ? begunState(logged) : parkedState(facts, roster);
  const { worker } = open.owner;
  const isAlive = roster.some((card) => card.id === worker && card.isAlive);
  if (!isAlive) return crashed(worker);
  return isBegun ? begunState(logged) : unfinished("PENDING", "Pending", null);
}

/** Something else than a worker has to come first: a person, an end, a time. */
function waitsForNobody(logged: LoggedState | null): boolean {
  if (logged === null || logged.name === "Blocked") return false;
  return logged.type === "PAUSED" || logged.type === "CANCELLING" || logged.name === "AwaitingRetry";
}

function parkedState(
  { flow, queue, isBegun, lostWorker, startAt, logged }: OpenFacts,
  roster: readonly RosterEntry[],
): RunState {
  if (!isBegun) return unfinished("SCHEDULED", "Scheduled", startAt === null ? null : notBefore(startAt));
  if (isServed(roster, flow, queue)) return begunState(logged);
  if (lostWorker !== null) return crashed(lostWorker);
  return unfinished(
    "PAUSED",
    "Suspended",
    "It waits for a worker that serves its flow, or for `millrace resume`.",
  );
}

function notBefore(startAt: number): string {
  return `Not before ${new Date(startAt).toISOString()}`;
}

/** A run that somebody has, or will take at once: Running, unless its events tell more. */
function begunState(logged: LoggedState | null): RunState {
  if (logged === null || logged.name === "Scheduled" || logged.name === "Blocked")
    return unfinished("RUNNING", "Running", null);
  return unfinished(logged.type, logged.name, logged.message);
}

function crashed(worker: string): RunState {
  const message = `Worker ${worker} was lost; nobody has taken the run over yet.`;
  return unfinished("CRASHED", "Crashed", message);
}

/** Words for states that only the moment tells: the log has runs in these as Scheduled or Running. */
export const momentary: ReadonlySet<string> = new Set([
  "scheduled",
  "pending",
  "awaitingretry",
  "running",
  "retrying",
  "paused",
  "waiting",
  "cancelling",
  "suspended",
  "crashed",
]);

/** The state that an event ends a run in; null = it does not. */
export function finalState(event: RecordedEvent): RunState | null {
  switch (event.type) {
    case "RunCompleted":
      return { type: "COMPLETED", name: event.data.name, message: event.data.message, isFinal: true };
    case "RunFailed":
      return { type: "FAILED", name: event.data.name, message: event.data.message, isFinal: true };
    case "RunCancelled":
      return { type: "CANCELLED", name: event.data.name, message: event.data.message, isFinal: true };
    case "RunCrashed":
      return { type: "CRASHED", name: "Crashed", message: event.data.message, isFinal: true };
    default:
      return null;
  }
}

/** Whether a run has ended after these events, and nobody has begun it again since. */
export function isAtEnd(events: readonly RecordedEvent[]): boolean {
  const last = events.findLast((event) => event.type === "RunReopened" || finalState(event) !== null);
  return last !== undefined && last.type !== "RunReopened";
}

function unfinished(type: RunState["type"], name: string, message: string | null): RunState {
  return { type, name, message, isFinal: false };
}
