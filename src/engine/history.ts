import type { RecordedEvent } from "../events/envelope.ts";
import type { PastAttempts } from "./attempt-book.ts";

const keyedFacts = [
  "TaskCompleted",
  "TaskFailed",
  "TaskReused",
  "TimerFired",
  "ChildEnded",
  "CallReused",
] as const;
const otherFacts = ["SignalReceived", "UpdateRequested", "RunCancelRequested"] as const;
const waitingCalls = ["TaskScheduled", "TimerStarted", "SignalAwaited", "ChildScheduled"] as const;
const notes = ["CallCancelled", "PatchMarked", "UpdateAnswered"] as const;
const endings = ["RunCompleted", "RunFailed", "RunCancelled", "RunCrashed"] as const;

/** A fact that settles the call of its key. */
export type KeyedFact = RecordedEvent<(typeof keyedFacts)[number]>;

/** A fact that can be given to the flow. */
export type Fact = KeyedFact | RecordedEvent<(typeof otherFacts)[number]>;

/** What a flow can wait for, as it stands in the log. */
export type RecordedWait = RecordedEvent<(typeof waitingCalls)[number]>;

/** What a flow can ask for, as it stands in the log. */
export type RecordedCall = RecordedWait | RecordedEvent<(typeof notes)[number]>;

export type Ending = RecordedEvent<(typeof endings)[number]>;

/** A turn with all that it decided. */
export interface Turn {
  readonly event: RecordedEvent<"TurnTaken">;
  readonly delivered: readonly Fact[];
  readonly calls: readonly RecordedCall[];
  readonly ending: Ending | null; // null = the flow went on
}

/** The events of one run, put in order for a replay. Built once per claim, then kept up to date. */
export interface History {
  readonly created: RecordedEvent<"RunCreated">;
  readonly started: RecordedEvent<"RunStarted"> | null;
  readonly attempt: number; // of the flow; 1 = first try
  readonly beginAt: number; // epoch ms; the attempt does not begin before; 0 = at once
  readonly turns: readonly Turn[]; // of this attempt
  readonly turnsTaken: number; // of all attempts
  readonly kept: ReadonlyMap<string, KeptAnswer>; // what earlier attempts of the flow were given, by base key
  readonly patches: ReadonlySet<string>; // changes of the code that this attempt has taken part in
  readonly children: ReadonlyMap<string, RecordedChild>; // whose end is not recorded, by key; of all attempts
  readonly inbox: readonly Fact[]; // not delivered yet, in the order of the stream
  readonly attempts: ReadonlyMap<string, PastAttempts>; // by key; only tasks with an attempt that failed
  readonly underWay: readonly string[]; // keys of tasks in the owner's process that have begun and not ended
  readonly crashes: number; // owners lost since the last turn
  readonly ending: Ending | null;
  readonly blocked: RecordedEvent<"RunBlocked"> | null; // null = not blocked, or unblocked since
  readonly position: number; // of the last event
  readonly epoch: number; // of the last turn; 0 = none
}

/** A run that the flow made by calling a flow. */
export interface RecordedChild {
  readonly run: string;
  readonly isForsaken: boolean; // the flow does not wait for it any more
}

/** A call that an earlier attempt of the flow had a good answer to. */
export interface KeptAnswer {
  readonly call: RecordedWait;
  readonly fact: Fact;
  readonly order: number; // in which the flow was given its answers; other attempts are given them in the same one
}

const factTypes: ReadonlySet<string> = new Set([...keyedFacts, ...otherFacts]);
const waitTypes: ReadonlySet<string> = new Set(waitingCalls);
const callTypes: ReadonlySet<string> = new Set([...waitingCalls, ...notes]);
const endTypes: ReadonlySet<string> = new Set(endings);

export function isFact(event: RecordedEvent): event is Fact {
  return factTypes.has(event.type);
}

export function isKeyed(fact: Fact): fact is KeyedFact {
  return "key" in fact.data;
}

export function isCall(event: RecordedEvent): event is RecordedCall {
  return callTypes.has(event.type);
}

/** The flow waits for the answer to this call. */
export function isWait(event: RecordedEvent): event is RecordedWait {
  return waitTypes.has(event.type);
}

export function isEnding(event: RecordedEvent): event is Ending {
  return endTypes.has(event.type);
}
