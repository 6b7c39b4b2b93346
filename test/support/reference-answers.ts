import { baseKey } from "../../src/engine/scope.ts";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import { matches, show } from "./matches.ts";
import { type Outcome, outcomeOf } from "./programs.ts";
import { sharingOf } from "./programs-cache.ts";
import type { ReferenceCall } from "./reference.ts";
import { type GivenFact, isGivenFact, type LogValues } from "./reference-log.ts";

/** What an earlier attempt of the flow was given for a call. */
export interface Answer {
  readonly call: ReferenceCall;
  readonly outcome: Outcome;
}

interface Asked {
  readonly call: ReferenceCall;
  readonly key: string;
  readonly isAgain: boolean; // not in the first attempt of the flow
}

type Fact = Exclude<GivenFact, { readonly type: "RunCancelRequested" }>;

/** What facts must hold, and what is kept of them for later attempts of the flow. */
export class Answers {
  readonly #values: LogValues;
  readonly #draws: Map<string, unknown>;
  readonly #given = new Map<number, Answer>(); // by position of the fact
  readonly #kept = new Map<string, Answer>(); // by base key

  constructor(values: LogValues, draws: Map<string, unknown>) {
    this.#values = values;
    this.#draws = draws;
  }

  keptAt(key: string): Answer | undefined {
    return this.#kept.get(baseKey(key));
  }

  /** @returns what the call ended with, or what is wrong with the fact */
  async check(fact: Fact, { call, key, isAgain }: Asked): Promise<Outcome | string> {
    if (fact.type === "CallReused") return this.#reused(fact, call);
    const kept = isAgain ? this.keptAt(key) : undefined;
    if (kept?.call.ident === call.ident && show(kept.call) === show(call))
      return `Event ${fact.position} (${fact.type}): ${call.ident} was done again, though an earlier attempt has its answer.`;
    const outcome = await this.#outcome(fact, call);
    if (typeof outcome !== "string") this.#given.set(fact.position, { call, outcome });
    return outcome;
  }

  #reused({ position, data }: RecordedEvent<"CallReused">, call: ReferenceCall): Outcome | string {
    const answer = this.#given.get(data.position);
    const isSame =
      answer?.call.ident === call.ident || (call.signal !== null && answer?.call.signal === call.signal);
    if (answer !== undefined && isSame && this.keptAt(data.key) === answer) return answer.outcome;
    return `Event ${position} reuses event ${data.position} for ${call.ident}, which has no such answer.`;
  }

  async #outcome(
    fact: Exclude<Fact, { type: "CallReused" }>,
    call: ReferenceCall,
  ): Promise<Outcome | string> {
    switch (fact.type) {
      case "SignalReceived":
        return { ok: true, value: await this.#values.value(fact.data.payload) };
      case "ChildEnded":
        return call.child === null ? wrong(fact, call) : this.#childOutcome(fact.data);
      case "TaskReused":
        return mayReuse(call)
          ? { ok: true, value: await this.#values.value(fact.data.output) } // whose it is: `sim-shared.ts`
          : wrong(fact, call);
      case "TimerFired":
        return call.ident.startsWith("sleep ") ? { ok: true, value: undefined } : wrong(fact, call);
      default:
        return this.#taskOutcome(fact, call);
    }
  }

  async #taskOutcome(
    fact: RecordedEvent<"TaskCompleted"> | RecordedEvent<"TaskFailed">,
    call: ReferenceCall,
  ): Promise<Outcome | string> {
    if (fact.type === "TaskFailed" && fact.data.name === "Crashed")
      return { ok: false, message: fact.data.error.message };
    if (call.input === null) return wrong(fact, call);
    const outcome = outcomeOf(call.input, call.last);
    const isRight =
      fact.type === "TaskCompleted"
        ? outcome.ok && matches(await this.#values.value(fact.data.output), outcome.value, this.#draws)
        : !outcome.ok && fact.data.error.message === outcome.message;
    return isRight
      ? outcome
      : `Event ${fact.position} (${fact.type}) of ${call.ident} should be ${show(outcome)}.`;
  }

  async #childOutcome({
    state,
    output,
    error,
    run,
    message,
  }: RecordedEvent<"ChildEnded">["data"]): Promise<Outcome> {
    if (state === "COMPLETED")
      return { ok: true, value: await this.#values.value(output ?? new Uint8Array()) };
    if (error !== null) return { ok: false, message: error.message };
    return { ok: false, message: `Child run ${run} was cancelled: ${message}.` };
  }

  /** An attempt of the flow is over: what went well is answered from here in later ones. */
  async keep(events: readonly RecordedEvent[], calls: ReadonlyMap<string, ReferenceCall>): Promise<void> {
    const cancelled = new Set(events.map((event) => (event.type === "CallCancelled" ? event.data.key : "")));
    for (const fact of events) {
      if (!isGivenFact(fact) || fact.type === "RunCancelRequested" || fact.type === "CallReused") continue;
      if (fact.type === "SignalReceived") this.#keepSignal(fact.position, calls);
      else if (!cancelled.has(fact.data.key) && isGood(fact)) await this.#keepEnd(fact, calls);
    }
  }

  #keepSignal(position: number, calls: ReadonlyMap<string, ReferenceCall>): void {
    const given = this.#given.get(position);
    const key = [...calls].find(([, call]) => call === given?.call)?.[0];
    if (given !== undefined && key !== undefined) this.#kept.set(baseKey(key), given);
  }

  async #keepEnd(fact: EndFact, calls: ReadonlyMap<string, ReferenceCall>): Promise<void> {
    const call = calls.get(fact.data.key);
    if (call === undefined) return;
    const outcome = this.#given.get(fact.position)?.outcome ?? (await this.#outcome(fact, call));
    if (typeof outcome === "string") throw new Error(outcome);
    const answer = this.#given.get(fact.position) ?? { call, outcome };
    this.#given.set(fact.position, answer);
    this.#kept.set(baseKey(fact.data.key), answer);
  }
}

type EndFact = Exclude<GivenFact, { type: "RunCancelRequested" | "SignalReceived" | "CallReused" }>;

/** A limit of time begins anew with each attempt. */
function isGood(fact: EndFact): boolean {
  if (fact.type === "TimerFired") return !fact.data.key.endsWith("/timer");
  if (fact.type === "ChildEnded") return fact.data.state === "COMPLETED";
  return fact.type === "TaskCompleted" || fact.type === "TaskReused";
}

function mayReuse({ input }: ReferenceCall): boolean {
  return input !== null && sharingOf(input.task) !== null && input.isFresh !== true;
}

function wrong(fact: RecordedEvent, call: ReferenceCall): string {
  return `Event ${fact.position} (${fact.type}) cannot be the end of ${call.ident}.`;
}
