import type { PayloadStore } from "../../src/engine/run-log.ts";
import { decodeValue } from "../../src/events/codec.ts";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import type { Payload } from "../../src/events/fields.ts";
import { matches, show } from "./matches.ts";
import { type Outcome, outcomeOf, type Program } from "./programs.ts";
import { Reference, type ReferenceCall, sleepIdent, taskIdent } from "./reference.ts";

type Scheduled = RecordedEvent<"TaskScheduled" | "TimerStarted">;
type Fact = RecordedEvent<"TaskCompleted" | "TaskFailed" | "TimerFired">;

/** A history that the reference does not allow. */
export class IllegalHistory extends Error {
  override readonly name = "IllegalHistory";
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
): Promise<void> {
  const checker = new HistoryChecker(program, events, payloads);
  for (const event of events) if (event.type === "TurnTaken") await checker.turn(event);
  await checker.end();
}

class HistoryChecker {
  readonly #events: readonly RecordedEvent[];
  readonly #payloads: PayloadStore;
  readonly #reference: Reference;
  readonly #draws = new Map<string, unknown>();
  readonly #calls = new Map<string, ReferenceCall>(); // by key, as recorded

  constructor(program: Program, events: readonly RecordedEvent[], payloads: PayloadStore) {
    this.#events = events;
    this.#payloads = payloads;
    this.#reference = new Reference(program);
  }

  async turn(turn: RecordedEvent<"TurnTaken">): Promise<void> {
    const reference = this.#reference;
    const [created] = this.#events;
    if (created?.type !== "RunCreated")
      throw new IllegalHistory("The history does not begin with RunCreated.");
    reference.now = created.data.createdAt + turn.data.elapsedMs;
    const expected: { readonly call: ReferenceCall; readonly after: number }[] = [];
    if (turn.data.n === 1) {
      reference.start();
      expected.push(...reference.takeIssued().map((call) => ({ call, after: -1 })));
    }
    for (const [after, mark] of turn.data.delivered.entries()) {
      await this.#deliver(turn, mark);
      expected.push(...reference.takeIssued().map((call) => ({ call, after })));
    }
    await this.#compareCalls(turn, expected);
    if (turn.data.done !== (reference.outcome !== null)) {
      throw new IllegalHistory(
        `Turn ${turn.data.n} says done ${turn.data.done}, and the reference ended ${show(reference.outcome)}.`,
      );
    }
  }

  async end(): Promise<void> {
    const last = this.#events.at(-1);
    const { outcome } = this.#reference;
    const isRight =
      outcome !== null &&
      (outcome.ok ? await this.#isValue(last, outcome.value) : isFailure(last, outcome.message));
    if (isRight) return;
    const said = last?.type === "RunCompleted" ? show(await this.#value(last.data.output)) : show(last?.data);
    throw new IllegalHistory(
      `The run ended with ${last?.type ?? "nothing"} ${said}, and the reference with ${show(outcome)}.`,
    );
  }

  async #isValue(last: RecordedEvent | undefined, value: unknown): Promise<boolean> {
    return last?.type === "RunCompleted" && matches(await this.#value(last.data.output), value, this.#draws);
  }

  async #deliver(turn: RecordedEvent<"TurnTaken">, mark: number): Promise<void> {
    const position = mark > 0 ? mark : turn.position + mark;
    const fact = this.#events[position - 1];
    if (fact === undefined || !isFact(fact))
      throw new IllegalHistory(`Event ${position} was delivered and is no fact.`);
    const call = this.#calls.get(fact.data.key);
    if (call === undefined)
      throw new IllegalHistory(`Event ${position} is about ${fact.data.key}, which nobody called.`);
    const outcome = await this.#checkFact(fact, call);
    if (!this.#reference.deliver(call.ident, outcome)) {
      throw new IllegalHistory(
        `Event ${position} settles ${call.ident}, which is not open in the reference.`,
      );
    }
  }

  async #checkFact(fact: Fact, call: ReferenceCall): Promise<Outcome> {
    if (fact.type === "TaskFailed" && fact.data.name === "Crashed")
      return { ok: false, message: fact.data.error.message };
    const outcome: Outcome =
      call.input === null ? { ok: true, value: undefined } : outcomeOf(call.input, call.last);
    const isRight =
      fact.type === "TimerFired"
        ? call.input === null
        : fact.type === "TaskCompleted"
          ? outcome.ok && matches(await this.#value(fact.data.output), outcome.value, this.#draws)
          : !outcome.ok && fact.data.error.message === outcome.message;
    if (isRight) return outcome;
    throw new IllegalHistory(
      `Event ${fact.position} (${fact.type}) of ${call.ident} should be ${show(outcome)}.`,
    );
  }

  /** Order within one delivery is left open: it depends on microtasks, and decides nothing. */
  async #compareCalls(
    turn: RecordedEvent<"TurnTaken">,
    expected: readonly { call: ReferenceCall; after: number }[],
  ): Promise<void> {
    const recorded = this.#callsAfter(turn.position);
    const missing = new Map(expected.map((entry) => [entry.call.ident, entry]));
    for (const event of recorded) {
      const ident = await this.#identOf(event);
      const entry = missing.get(ident);
      if (entry === undefined)
        throw new IllegalHistory(`Turn ${turn.data.n} asks for ${ident}, and the reference does not.`);
      if (entry.after !== event.data.after) {
        throw new IllegalHistory(
          `Turn ${turn.data.n} asks for ${ident} after ${event.data.after}, the reference after ${entry.after}.`,
        );
      }
      missing.delete(ident);
      this.#calls.set(event.data.key, entry.call);
    }
    if (missing.size > 0)
      throw new IllegalHistory(`Turn ${turn.data.n} does not ask for ${[...missing.keys()].join(", ")}.`);
  }

  #callsAfter(position: number): Scheduled[] {
    const calls: Scheduled[] = [];
    for (const event of this.#events.slice(position)) {
      if (event.type === "TaskScheduled" || event.type === "TimerStarted") calls.push(event);
      else if (event.type !== "RunStarted") break;
    }
    return calls;
  }

  async #identOf(event: Scheduled): Promise<string> {
    if (event.type === "TimerStarted") return sleepIdent(event.data.ms);
    const args = await this.#value(event.data.input);
    const path: unknown = Array.isArray(args) ? Reflect.get(Object(args[0]), "path") : undefined;
    const ident = taskIdent(String(path));
    const expected = this.#reference.callOf(ident);
    if (expected === undefined || matches(args, [expected.input, expected.last], this.#draws)) return ident;
    throw new IllegalHistory(
      `${event.data.key} was given ${show(args)}, and the reference gives ${show(expected)}.`,
    );
  }

  async #value(payload: Payload): Promise<unknown> {
    const [bytes] = await this.#payloads.get(this.#events[0]?.run ?? "", [payload]);
    return decodeValue(bytes ?? new Uint8Array(), "A recorded value");
  }
}

function isFailure(last: RecordedEvent | undefined, message: string): boolean {
  return last?.type === "RunFailed" && last.data.error.message === message;
}

function isFact(event: RecordedEvent): event is Fact {
  return event.type === "TaskCompleted" || event.type === "TaskFailed" || event.type === "TimerFired";
}
