import { EngineError } from "../base/errors.ts";
import { reviveError } from "../base/recorded-error.ts";
import type { Delivery, Settlement } from "../engine/calls.ts";
import type { Fact } from "../engine/history.ts";
import type { PayloadStore } from "../engine/run-log.ts";
import { decodeValue } from "../events/codec.ts";
import type { Payload } from "../events/fields.ts";

const empty = new Uint8Array();

/** What facts mean to the flow's code; all that they hold is fetched and decoded before the first one is given. */
export class Deliveries {
  readonly #run: string;
  readonly #payloads: Pick<PayloadStore, "get">;
  readonly #loaded = new Map<number, Delivery>(); // by position
  readonly #kept = new Map<number, Settlement>(); // of earlier attempts of the flow, by position

  constructor({ id }: { readonly id: string }, payloads: Pick<PayloadStore, "get">) {
    this.#run = id;
    this.#payloads = payloads;
  }

  async load(facts: readonly Fact[]): Promise<void> {
    const bytes = await this.#payloads.get(this.#run, facts.map(payloadOf));
    for (const [index, fact] of facts.entries())
      this.#loaded.set(fact.position, this.#read(fact, bytes[index] ?? empty));
  }

  /** The same for what earlier attempts of the flow were given. */
  async loadKept(facts: readonly Fact[]): Promise<void> {
    await this.load(facts);
    for (const fact of facts) this.#kept.set(fact.position, toSettlement(this.take(fact)));
  }

  /** How a call of an earlier attempt of the flow was settled; undefined = not loaded. */
  keptAt(position: number): Settlement | undefined {
    return this.#kept.get(position);
  }

  /** What a fact means; it is let go of. */
  take(fact: Fact): Delivery {
    const delivery = this.#loaded.get(fact.position) ?? this.#read(fact, empty);
    this.#loaded.delete(fact.position);
    return delivery;
  }

  #read(fact: Fact, bytes: Uint8Array): Delivery {
    switch (fact.type) {
      case "SignalReceived": {
        const { name } = fact.data;
        return { to: "signal", name, value: decodeValue(bytes, `The payload of signal ${name}`) };
      }
      case "UpdateRequested": {
        const { name, id } = fact.data;
        return { to: "update", name, id, input: decodeValue(bytes, `The input of update ${name}`) };
      }
      case "RunCancelRequested":
        return { to: "scope", error: cancellation(fact.data.reason) };
      default:
        return { to: "call", key: fact.data.key, settlement: this.#settlementOf(fact, bytes) };
    }
  }

  #settlementOf(
    fact: Exclude<Fact, { type: "SignalReceived" | "UpdateRequested" | "RunCancelRequested" }>,
    bytes: Uint8Array,
  ): Settlement {
    switch (fact.type) {
      case "TimerFired":
        return { ok: true, value: undefined };
      case "TaskFailed":
        return { ok: false, error: reviveError(fact.data.error) };
      case "TaskCompleted":
      case "TaskReused":
        return { ok: true, value: decodeValue(bytes, `The result of task ${fact.data.key}`) };
      case "ChildEnded":
        return childSettlement(fact.data, bytes);
      case "CallReused": {
        const earlier = this.#kept.get(fact.data.position);
        if (earlier === undefined) throw lost(this.#run, fact.position, fact.data.position);
        return earlier;
      }
    }
  }
}

function toSettlement(delivery: Delivery): Settlement {
  if (delivery.to === "call") return delivery.settlement;
  return { ok: true, value: delivery.to === "signal" ? delivery.value : undefined };
}

function payloadOf(fact: Fact): Payload {
  switch (fact.type) {
    case "TaskCompleted":
    case "TaskReused":
      return fact.data.output;
    case "ChildEnded":
      return fact.data.output ?? empty;
    case "SignalReceived":
      return fact.data.payload;
    case "UpdateRequested":
      return fact.data.input;
    default:
      return empty;
  }
}

function cancellation(reason: string | null): Error {
  return new EngineError("CALL_CANCELLED", reason ?? "The run was cancelled.");
}

type ChildEnd = Extract<Fact, { type: "ChildEnded" }>["data"];

function childSettlement({ key, run, state, message, error }: ChildEnd, bytes: Uint8Array): Settlement {
  if (state === "COMPLETED") return { ok: true, value: decodeValue(bytes, `The result of child ${key}`) };
  if (error !== null) return { ok: false, error: reviveError(error) };
  const code = state === "CANCELLED" ? "RUN_CANCELLED" : "RUN_CRASHED";
  const what = state === "CANCELLED" ? "was cancelled" : "crashed";
  const why = message === null ? "" : `: ${message}`;
  return { ok: false, error: new EngineError(code, `Child run ${run} ${what}${why}.`, { run, key }) };
}

function lost(run: string, position: number, earlier: number): EngineError {
  return new EngineError(
    "EVENT_UNREADABLE",
    `Event ${position} of run ${run} stands for event ${earlier}, which is no answer of an earlier attempt. ` +
      `Nothing was changed; keep a copy of the stream before you do anything about it.`,
    { run, position },
  );
}
