import { EngineError } from "../base/errors.ts";
import { isType, type RecordedEvent } from "../events/envelope.ts";
import { AttemptBook } from "./attempt-book.ts";
import {
  type Ending,
  type Fact,
  type History,
  isCall,
  isEnding,
  isFact,
  isKeyed,
  isWait,
  type RecordedCall,
  type RecordedChild,
} from "./history.ts";
import { KeptAnswers } from "./kept-answers.ts";

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
  #epoch = 0;
  #attempt = 1;
  #beginAt = 0;
  #turnsTaken = 0;
  #turns: OpenTurn[] = [];
  #patches = new Set<string>();
  readonly #kept = new KeptAnswers();
  readonly #children = new Map<string, RecordedChild>(); // not ended, by key
  readonly #facts = new Map<number, Fact>();
  readonly #attempts = new AttemptBook();
  #crashes = 0;

  add(event: RecordedEvent): void {
    if (event.position !== this.#position + 1) throw damaged(event, `comes after position ${this.#position}`);
    this.#position = event.position;
    this.#attempts.add(event);
    if (isFact(event)) this.#fact(event);
    else if (isCall(event)) this.#call(event);
    else if (isEnding(event)) this.#end(event);
    else this.#note(event);
  }

  #fact(event: Fact): void {
    this.#facts.set(event.position, event);
    const settlesChild = event.type === "ChildEnded" || event.type === "CallReused"; // then none was made
    if (settlesChild) this.#children.delete(event.data.key);
  }

  #call(event: RecordedCall): void {
    this.#lastTurn(event).calls.push(event);
    if (event.type === "ChildScheduled")
      this.#children.set(event.data.key, { run: event.data.run, isForsaken: false });
    else if (event.type === "CallCancelled") this.#forsake(event.data.key);
    if (event.type === "PatchMarked") this.#patches.add(event.data.key);
    else if (event.type === "CallCancelled") this.#kept.forget(event.data.key);
    else if (isWait(event)) this.#kept.ask(event);
  }

  #forsake(key: string): void {
    const child = this.#children.get(key);
    if (child !== undefined) this.#children.set(key, { ...child, isForsaken: true });
  }

  #note(event: RecordedEvent): void {
    if (isType(event, "TurnTaken")) this.#turns.push(this.#openTurn(event));
    else if (isType(event, "RunAttemptFailed")) this.#begin(event.data.attempt + 1, event.data.retryAt);
    else if (isType(event, "RunReopened")) this.#reopen(event);
    else if (isType(event, "OwnerLost")) this.#crashes += 1;
    else if (isType(event, "RunCreated")) this.#created = event;
    else if (isType(event, "RunPostponed")) this.#created = postponed(this.#created, event);
    else if (isType(event, "RunStarted")) this.#started = event;
    else if (isType(event, "RunBlocked")) this.#blocked = event;
    else if (isType(event, "RunUnblocked")) this.#blocked = null;
  }

  #openTurn(event: RecordedEvent<"TurnTaken">): OpenTurn {
    const { n, delivered } = event.data;
    this.#turnsTaken += 1;
    if (n !== this.#turnsTaken) throw damaged(event, `is turn ${n}, and turn ${this.#turnsTaken} was due`);
    const facts = delivered.map((mark) => {
      const position = mark > 0 ? mark : event.position + mark;
      const fact = this.#facts.get(position);
      if (fact === undefined)
        throw damaged(event, `delivers event ${position}, which is not an undelivered fact`);
      this.#facts.delete(position);
      this.#kept.answer(fact);
      return fact;
    });
    this.#crashes = 0;
    this.#epoch = event.data.epoch;
    return { event, delivered: facts, calls: [], ending: null };
  }

  /** What became of its children was settled when the run ended. */
  #reopen({ data }: RecordedEvent<"RunReopened">): void {
    this.#children.clear();
    this.#begin(data.attempt, 0);
  }

  /** Another attempt of the flow: its code begins again, and what its calls were given stays. */
  #begin(attempt: number, beginAt: number): void {
    this.#attempt = attempt;
    this.#beginAt = beginAt;
    this.#turns = [];
    this.#patches = new Set();
    this.#crashes = 0;
    this.#ending = null;
    for (const key of this.#children.keys()) this.#forsake(key);
    this.#kept.beginAttempt([...this.#facts.values()]);
    for (const [position, fact] of this.#facts) if (isKeyed(fact)) this.#facts.delete(position);
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
      attempt: this.#attempt,
      beginAt: this.#beginAt,
      turns: this.#turns,
      turnsTaken: this.#turnsTaken,
      kept: this.#kept.earlier,
      patches: this.#patches,
      children: this.#children,
      inbox: [...this.#facts.values()],
      attempts: this.#attempts.past,
      underWay: this.#attempts.underWay,
      crashes: this.#crashes,
      ending: this.#ending,
      blocked: this.#blocked,
      position: this.#position,
      epoch: this.#epoch,
    };
  }
}

/** The run as if it had been created with the input that it got last. */
function postponed(
  created: RecordedEvent<"RunCreated"> | null,
  { data: { input, startAt } }: RecordedEvent<"RunPostponed">,
): RecordedEvent<"RunCreated"> | null {
  return created === null ? null : { ...created, data: { ...created.data, input, startAt } };
}

function damaged(event: RecordedEvent, why: string): EngineError {
  return new EngineError(
    "EVENT_UNREADABLE",
    `The history of run ${event.run} is damaged: event ${event.position} (${event.type}) ${why}. ` +
      `Nothing was changed; keep a copy of the stream before you do anything about it.`,
    { run: event.run, position: event.position },
  );
}
