import type { EngineError } from "../base/errors.ts";
import type { Event } from "../events/catalog.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import type { Payload } from "../events/fields.ts";
import type { ResultPlan } from "./result-plan.ts";

/** Who may take turns of a run: one worker, fenced by its epoch. */
export interface Ownership {
  readonly worker: string;
  readonly epoch: number;
}

interface Append {
  readonly run: string;
  readonly actor: string; // who says so: "worker:<id>", "client:<id>"
  readonly events: readonly Event[]; // oldest first
}

/** A new run; its first event is RunCreated. */
export interface CreateRun extends Append {
  readonly owner: Ownership | null; // null = somebody will claim it
  readonly ends: boolean; // the events hold the end of the run
  readonly dueInMs: number | null; // a sleep or retry decided here; null = none
  readonly known?: readonly string[]; // dedupe keys of facts that a run which this one carries on was told
}

/** A write by the owner. */
export interface OwnerCommit extends Append {
  readonly owner: Ownership;
  readonly batch: number; // 1, 2, 3, ... within the epoch; the same for every try of one commit
  readonly seen: number; // position up to which the owner knows the run
  readonly after: "keep" | "park" | "block" | "end";
  readonly dueInMs: number | null; // when somebody should look after the run at the latest; null = nothing new
  readonly cancels?: readonly string[]; // keys of calls that nobody waits for any more: their end is not recorded
}

/** A run that has ended begins again. */
export interface ReopenRun extends Append {
  readonly seen: number; // position of its last event
}

/** Something happened, whoever says so. */
export interface AppendFact extends Append {
  readonly dedupeKey: string; // the same key twice is recorded once; "" = not needed
  readonly seen: number; // answer the events after this position; -1 = none
  readonly upTo?: number; // and none after this one; missing = all there are
  readonly wakeInMs: number | null; // somebody should look after the run by then; null = no need
  readonly attempt: AttemptMark | null; // null = not about an attempt of a queued task
  readonly unblock: boolean;
  readonly unlessEnded?: string; // key of a task: if its end is recorded, or it was cancelled, nothing is written
}

/** Notes who works on an attempt of a queued task, for the case that the worker dies. */
export interface AttemptMark {
  readonly key: string;
  readonly attempt: number;
  readonly holder: string | null; // who works on it, as the store keeps it; null = it is over
}

export type CommitStatus =
  | "ok"
  | "again" // it was recorded before; a lost reply, or the same fact from somebody else
  | "fenced" // another owner has the run
  | "closed" // the run has ended
  | "exists" // create: the id is taken by another run
  | "busy"; // park: facts arrived first; nothing was written

export interface CommitAnswer {
  readonly status: CommitStatus;
  readonly position: number; // of the last event
  readonly now: number; // epoch ms by the clock of the log
  readonly owner: string; // "" = nobody
  readonly events: readonly RecordedEvent[]; // after `seen`, and before what this commit wrote
}

export interface ClaimAnswer {
  readonly status: "ok" | "unreadable" | "owned" | "blocked" | "closed" | "missing"; // unreadable: claimed all the same
  readonly now: number;
  readonly owner: Ownership; // the new one, or the one in the way
  readonly events: readonly RecordedEvent[]; // the whole history, when "ok"
  readonly problem: EngineError | null; // why the history cannot be read, when "unreadable"
}

export interface ClaimOptions {
  readonly instead: Ownership | null; // an owner known to be dead
}

/** The log of runs, as far as their owners and workers need it. Redis fulfils it, and a model in tests. */
export interface RunLog {
  create(create: CreateRun): Promise<CommitAnswer>;
  commit(commit: OwnerCommit): Promise<CommitAnswer>;
  append(fact: AppendFact): Promise<CommitAnswer>;
  claim(run: string, worker: string, options: ClaimOptions): Promise<ClaimAnswer>;
  /** Another attempt of a run that has ended, `seen` being its last event. "exists" = it is open, or another one. */
  reopen(reopen: ReopenRun): Promise<CommitAnswer>;
  /** Others have heard of the end of a run: nobody has to look after it any more. Nothing while it is open. */
  leave(run: string): Promise<void>;
  /** Events after position `seen`. */
  readAfter(run: string, seen: number): Promise<readonly RecordedEvent[]>;
  /** As `readAfter`, for the owner of the run, who may be given less: there is a wake-up for what follows. */
  readTold?(run: string, seen: number): Promise<readonly RecordedEvent[]>;
}

/** Where recorded values above the inline limit lie. */
export interface PayloadStore {
  /**
   * Inline, and at once, when small, else stored, as `plan` says.
   * @throws EngineError PAYLOAD_TOO_LARGE naming `what`, STORE_UNAVAILABLE
   */
  put(run: string, bytes: Uint8Array, what: string, plan: ResultPlan | null): Payload | Promise<Payload>;
  /** @throws EngineError PAYLOAD_MISSING, STORE_UNAVAILABLE */
  get(run: string, payloads: readonly Payload[]): Promise<readonly Uint8Array[]>;
}
