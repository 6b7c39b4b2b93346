import { EngineError } from "../base/errors.ts";
import { isType, type RecordedEvent } from "../events/envelope.ts";

/** A fact that can be given to the flow: it settles the call of that key. */
export type Fact = RecordedEvent<"TaskCompleted" | "TaskFailed" | "TimerFired">;

/** What a flow can ask for, as it stands in the log. */
export type RecordedCall = RecordedEvent<"TaskScheduled" | "TimerStarted">;

export type Ending = RecordedEvent<"RunCompleted" | "RunFailed" | "RunCancelled" | "RunCrashed">;

/** A turn with all that it decided. */
export interface Turn {
  readonly event: RecordedEvent<"TurnTaken">;
  readonly delivered: readonly Fact[];
  readonly calls: readonly RecordedCall[];
  readonly ending: Ending | null; // null = the flow went on
}

/** What is known of the attempts of a task that has not ended. */
export interface PastAttempts {
  readonly last: number; // the newest attempt that failed or crashed
  readonly retryAt: number; // epoch ms; not before then; 0 = at once
  readonly crashes: number; // attempts whose worker died
}

/** The events of one run, put in order for a replay. Built once per claim, then kept up to date. */
export interface History {
  readonly created: RecordedEvent<"RunCreated">;
  readonly started: RecordedEvent<"RunStarted"> | null;
  readonly turns: readonly Turn[];
  readonly inbox: readonly Fact[]; // not delivered yet, in the order of the stream
  readonly attempts: ReadonlyMap<string, PastAttempts>; // by key; only tasks with an attempt that failed
  readonly crashes: number; // owners lost since the last turn
  readonly ending: Ending | null;
  readonly blocked: RecordedEvent<"RunBlocked"> | null; // null = not blocked, or unblocked since
  readonly position: number; // of the last event
  readonly epoch: number; // of the last turn; 0 = none
}

export function isFact(event: RecordedEvent): event is Fact {
  return event.type === "TaskCompleted" || event.type === "TaskFailed" || event.type === "TimerFired";
}

export function isCall(event: RecordedEvent): event is RecordedCall {
  return event.type === "TaskScheduled" || event.type === "TimerStarted";
}

export function isEnding(event: RecordedEvent): event is Ending {
  return (
    event.type === "RunCompleted" ||
    event.type === "RunFailed" ||
    event.type === "RunCancelled" ||
    event.type === "RunCrashed"
  );
}

interface OpenTurn {
  readonly event: RecordedEvent<"TurnTaken">;
  readonly delivered: Fact[];
  readonly calls: RecordedCall[];
  ending: Ending | null;
}

/** @throws EngineError EVENT_UNREADABLE when the events do not make a history: a gap, a turn out of order */
export function readHistory(events: readonly RecordedEvent[]): History {
  const reader = new HistoryReader();
  for (const event of events) reader.add(event);
  return reader.finish();
}

class HistoryReader {
  #created: RecordedEvent<"RunCreated"> | null = null;
  #started: RecordedEvent<"RunStarted"> | null = null;
  #ending: Ending | null = null;
  #blocked: RecordedEvent<"RunBlocked"> | null = null;
  #position = 0;
  readonly #turns: OpenTurn[] = [];
  readonly #facts = new Map<number, Fact>();
  readonly #attempts = new Map<string, PastAttempts>();
  #crashes = 0;

  add(event: RecordedEvent): void {
    if (event.position !== this.#position + 1) throw damaged(event, `comes after position ${this.#position}`);
    this.#position = event.position;
    if (isFact(event)) this.#facts.set(event.position, event);
    else if (isCall(event)) this.#lastTurn(event).calls.push(event);
    else if (isEnding(event)) this.#end(event);
    else this.#note(event);
  }

  #note(event: RecordedEvent): void {
    if (isType(event, "TurnTaken")) this.#turns.push(this.#openTurn(event));
    else if (isType(event, "OwnerLost")) this.#crashes += 1;
    else if (isType(event, "RunCreated")) this.#created = event;
    else if (isType(event, "RunStarted")) this.#started = event;
    else if (isType(event, "RunBlocked")) this.#blocked = event;
    else if (isType(event, "RunUnblocked")) this.#blocked = null;
    else if (isType(event, "TaskAttemptFailed") || isType(event, "TaskCrashed")) {
      this.#attempts.set(event.data.key, afterAttempt(this.#attempts.get(event.data.key), event));
    }
  }

  #openTurn(event: RecordedEvent<"TurnTaken">): OpenTurn {
    const { n, delivered } = event.data;
    if (n !== this.#turns.length + 1)
      throw damaged(event, `is turn ${n}, and turn ${this.#turns.length + 1} was due`);
    const facts = delivered.map((mark) => {
      const position = mark > 0 ? mark : event.position + mark;
      const fact = this.#facts.get(position);
      if (fact === undefined)
        throw damaged(event, `delivers event ${position}, which is not an undelivered fact`);
      this.#facts.delete(position);
      return fact;
    });
    this.#crashes = 0;
    return { event, delivered: facts, calls: [], ending: null };
  }

  #end(event: Ending): void {
    this.#ending = event;
    const turn = this.#turns.at(-1);
    if (turn !== undefined && turn.event.data.done) turn.ending = event;
  }

  #lastTurn(event: RecordedEvent): OpenTurn {
    const turn = this.#turns.at(-1);
    if (turn === undefined) throw damaged(event, "comes before any turn");
    return turn;
  }

  finish(): History {
    if (this.#created === null)
      throw new EngineError("EVENT_UNREADABLE", "The history does not begin with RunCreated.");
    return {
      created: this.#created,
      started: this.#started,
      turns: this.#turns,
      inbox: [...this.#facts.values()],
      attempts: this.#attempts,
      crashes: this.#crashes,
      ending: this.#ending,
      blocked: this.#blocked,
      position: this.#position,
      epoch: this.#turns.at(-1)?.event.data.epoch ?? 0,
    };
  }
}

/** Adds a failed or crashed attempt to what is known of its task. */
export function afterAttempt(
  past: PastAttempts | undefined,
  event: RecordedEvent<"TaskAttemptFailed" | "TaskCrashed">,
): PastAttempts {
  const crashes = past?.crashes ?? 0;
  if (event.type === "TaskCrashed") return { last: event.data.attempt, retryAt: 0, crashes: crashes + 1 };
  return { last: event.data.attempt, retryAt: event.data.retryAt, crashes };
}

function damaged(event: RecordedEvent, why: string): EngineError {
  return new EngineError(
    "EVENT_UNREADABLE",
    `The history of run ${event.run} is damaged: event ${event.position} (${event.type}) ${why}. ` +
      `Nothing was changed; keep a copy of the stream before you do anything about it.`,
    { run: event.run, position: event.position },
  );
}
