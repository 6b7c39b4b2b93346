import type { PayloadStore } from "../../src/engine/run-log.ts";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import { matches, show } from "./matches.ts";
import type { Outcome, Program } from "./programs.ts";
import { Reference, type ReferenceCall } from "./reference.ts";
import { Answers } from "./reference-answers.ts";
import { callsOf, isGivenFact, LogValues, type Start, startOf } from "./reference-log.ts";

/** A history that the reference does not allow. */
export class IllegalHistory extends Error {
  override readonly name = "IllegalHistory";
}

/** How far a history could be judged. */
export type Judged = "whole" | "in part"; // in part: from some point on it depends on the order of microtasks

export interface CheckOptions {
  /** The code of the program has not changed since the run began, so that it takes every new way. */
  readonly isUnchanged: boolean;
}

/**
 * Plays a recorded history to the reference: every turn must ask for exactly what the reference asks for after the same
 * deliveries, every fact must hold the outcome that its call has, and the end must be the reference's end.
 * @throws IllegalHistory
 */
export async function checkAgainstReference(
  program: Program,
  events: readonly RecordedEvent[],
  payloads: PayloadStore,
  options: CheckOptions = { isUnchanged: true },
): Promise<Judged> {
  const values = new LogValues(events, payloads);
  const start = await startOf(program, events, values);
  const checker = new HistoryChecker({ program, events, values, start, options });
  for (const event of events) {
    if (event.type === "TurnTaken") await checker.turn(event);
    else if (event.type === "RunAttemptFailed") await checker.beginAgain(event);
    if (checker.isAmbiguous) return "in part";
  }
  if (events.at(-1)?.type === "RunCancelled" && !events.some(({ type }) => type === "TurnTaken"))
    return "whole"; // before it began
  await checker.end();
  return "whole";
}

interface Checked {
  readonly program: Program;
  readonly events: readonly RecordedEvent[];
  readonly values: LogValues;
  readonly start: Start;
  readonly options: CheckOptions;
}

type Turn = RecordedEvent<"TurnTaken">;
type Expected = Map<string, { readonly call: ReferenceCall; readonly after: number }>;

class HistoryChecker {
  readonly #checked: Checked;
  readonly #draws = new Map<string, unknown>();
  readonly #answers: Answers;
  #reference: Reference;
  #calls = new Map<string, ReferenceCall>(); // by key, as recorded
  #idents = new Map<string, { readonly key: string; readonly position: number }>();
  #attempt = 1;
  #hasBegun = false;

  constructor(checked: Checked) {
    this.#checked = checked;
    this.#answers = new Answers(checked.values, this.#draws);
    this.#reference = this.#newReference();
  }

  get isAmbiguous(): boolean {
    return this.#reference.isAmbiguous;
  }

  #newReference(): Reference {
    const { start, options, events } = this.#checked;
    const hasMark = (patch: string): boolean =>
      events.some((event) => event.type === "PatchMarked" && event.data.key === patch);
    return new Reference({ ...start, isNew: (patch) => options.isUnchanged || hasMark(patch) });
  }

  async turn(turn: Turn): Promise<void> {
    const reference = this.#reference;
    const { events, values } = this.#checked;
    const [created] = events;
    if (created?.type !== "RunCreated")
      throw new IllegalHistory("The history does not begin with RunCreated.");
    reference.now = created.data.createdAt + turn.data.elapsedMs;
    const recorded = callsOf(events, turn.position);
    for (const event of recorded) {
      const ident = await values.identOf(event, (key) => this.#identOfKey(key));
      if (event.type !== "CallCancelled")
        this.#idents.set(ident, { key: event.data.key, position: event.position });
    }
    const expected: Expected = new Map();
    const take = (after: number): void => {
      for (const call of reference.takeIssued()) expected.set(call.ident, { call, after });
    };
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      reference.start();
      take(-1);
    }
    for (const [after, mark] of turn.data.delivered.entries()) {
      await this.#deliver(turn, mark);
      if (reference.isAmbiguous) return;
      take(after);
    }
    await this.#compareCalls(turn, recorded, expected);
    if (turn.data.done !== (reference.outcome !== null)) {
      throw new IllegalHistory(
        `Turn ${turn.data.n} says done ${turn.data.done}, and the reference ended ${show(reference.outcome)}.`,
      );
    }
  }

  /** The flow failed, and begins again. */
  async beginAgain(event: RecordedEvent<"RunAttemptFailed">): Promise<void> {
    const { outcome } = this.#reference;
    const { attempt, error, maxAttempts } = event.data;
    if (outcome === null || outcome.ok || outcome.isCancel === true || outcome.message !== error.message)
      throw new IllegalHistory(`Attempt ${attempt} failed, and the reference ended ${show(outcome)}.`);
    if (maxAttempts !== this.#checked.program.retries + 1 || attempt !== this.#attempt)
      throw new IllegalHistory(`Attempt ${attempt} of ${maxAttempts} is attempt ${this.#attempt}.`);
    await this.#answers.keep(this.#checked.events.slice(0, event.position), this.#calls);
    this.#attempt += 1;
    this.#calls = new Map();
    this.#idents = new Map();
    this.#hasBegun = false;
    this.#reference = this.#newReference();
  }

  async end(): Promise<void> {
    const { events, values, program } = this.#checked;
    const last = events.at(-1);
    const { outcome } = this.#reference;
    if (last !== undefined && outcome !== null && (await this.#isEnd(last, outcome))) {
      const wasCancelled = events.some(({ type }) => type === "RunCancelRequested");
      if (last.type !== "RunFailed" || wasCancelled || this.#attempt === program.retries + 1) return;
      throw new IllegalHistory(`The run failed at attempt ${this.#attempt} of ${program.retries + 1}.`);
    }
    const said =
      last?.type === "RunCompleted" ? show(await values.value(last.data.output)) : show(last?.data);
    throw new IllegalHistory(
      `The run ended with ${last?.type ?? "nothing"} ${said}, and the reference with ${show(outcome)}.`,
    );
  }

  async #isEnd(last: RecordedEvent, outcome: Outcome): Promise<boolean> {
    if (outcome.ok) return last.type === "RunCompleted" && this.#isGoodEnd(last, outcome.value);
    if (outcome.isCancel === true)
      return last.type === "RunCancelled" && last.data.message === outcome.message;
    return last.type === "RunFailed" && last.data.error.message === outcome.message;
  }

  async #isGoodEnd(last: RecordedEvent<"RunCompleted">, value: unknown): Promise<boolean> {
    const { start, events, values } = this.#checked;
    const isLast = !events.some(({ type }) => type === "RunContinued");
    if (isLast !== (start.next === null)) return false;
    return !isLast || matches(await values.value(last.data.output), value, this.#draws);
  }

  async #deliver(turn: Turn, mark: number): Promise<void> {
    const position = mark > 0 ? mark : turn.position + mark;
    const fact = this.#checked.events[position - 1];
    if (fact === undefined || !isGivenFact(fact))
      throw new IllegalHistory(`Event ${position} was delivered and is no fact.`);
    if (fact.type === "RunCancelRequested") {
      const message = fact.data.reason ?? "The run was cancelled.";
      return this.#reference.cancel({ ok: false, message, isCancel: true });
    }
    const call = fact.type === "SignalReceived" ? this.#oldestWait(fact) : this.#calls.get(fact.data.key);
    if (call === undefined)
      throw new IllegalHistory(`Event ${position} (${fact.type}) was delivered, and nobody called for it.`);
    const key = this.#idents.get(call.ident)?.key ?? "";
    const outcome = await this.#answers.check(fact, { call, key, isAgain: this.#attempt > 1 });
    if (typeof outcome === "string") throw new IllegalHistory(outcome);
    if (!this.#reference.deliver(call.ident, outcome))
      throw new IllegalHistory(
        `Event ${position} settles ${call.ident}, which is not open in the reference.`,
      );
  }

  /** Of waits that began at one instant, the log says which one is older. */
  #oldestWait({ data }: RecordedEvent<"SignalReceived">): ReferenceCall | undefined {
    const at = (call: ReferenceCall): number =>
      this.#idents.get(call.ident)?.position ?? Number.MAX_SAFE_INTEGER;
    const isNew = (call: ReferenceCall): boolean =>
      this.#answers.keptAt(this.#idents.get(call.ident)?.key ?? "") === undefined;
    return this.#reference
      .openSignals(data.name)
      .filter(isNew)
      .sort((one, other) => at(one) - at(other))[0];
  }

  #identOfKey(key: string): string | undefined {
    for (const [ident, { key: other }] of this.#idents) if (other === key) return ident;
    return undefined;
  }

  /** Order within one delivery is left open: it depends on microtasks, and decides nothing. */
  async #compareCalls(turn: Turn, recorded: ReturnType<typeof callsOf>, expected: Expected): Promise<void> {
    const { values } = this.#checked;
    for (const event of recorded) {
      const ident = await values.identOf(event, (key) => this.#identOfKey(key));
      const entry = expected.get(ident);
      if (entry === undefined)
        throw new IllegalHistory(`Turn ${turn.data.n} asks for ${ident}, and the reference does not.`);
      if (entry.after !== event.data.after) {
        throw new IllegalHistory(
          `Turn ${turn.data.n} asks for ${ident} after ${event.data.after}, the reference after ${entry.after}.`,
        );
      }
      const other = await values.difference(event, entry.call, this.#draws);
      if (other !== null) throw new IllegalHistory(other);
      expected.delete(ident);
      if (event.type !== "CallCancelled" && event.type !== "PatchMarked" && event.type !== "UpdateAnswered")
        this.#calls.set(event.data.key, entry.call);
    }
    if (expected.size > 0)
      throw new IllegalHistory(`Turn ${turn.data.n} does not ask for ${[...expected.keys()].join(", ")}.`);
  }
}
