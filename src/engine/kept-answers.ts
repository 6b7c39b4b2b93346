import { undoneBy } from "../base/hook-keys.ts";
import { type Fact, isKeyed, type KeptAnswer, type RecordedWait } from "./history.ts";
import { baseKey } from "./scope.ts";

/**
 * What the calls of earlier attempts of a flow were given. A later attempt makes the same calls again; those that ended
 * well are answered from here, and only what failed is done again.
 */
export class KeptAnswers {
  readonly earlier = new Map<string, KeptAnswer>(); // by base key
  #asked = new Map<string, RecordedWait>(); // in the present attempt, by key
  #given: Fact[] = []; // in the present attempt
  #count = 0;
  readonly #undone = new Set<string>(); // keys of calls that were rolled back, and of their rollbacks; of the present attempt

  ask(call: RecordedWait): void {
    const { key } = call.data;
    this.#asked.set(key, call);
    const undone = call.type === "TaskScheduled" ? undoneBy(call.data.name, key) : null;
    if (undone !== null) this.#undone.add(undone).add(key);
  }

  /** The flow does not wait for the call any more. */
  forget(key: string): void {
    this.#asked.delete(key);
  }

  /** A turn gave the fact to the flow. */
  answer(fact: Fact): void {
    this.#given.push(fact);
  }

  /** The present attempt has ended. @param rest facts that no turn gave to the flow, in order */
  beginAttempt(rest: readonly Fact[]): void {
    for (const fact of this.#given) this.#keep(fact);
    for (const fact of rest) if (isKeyed(fact)) this.#keep(fact);
    for (const key of this.#undone) this.earlier.delete(baseKey(key)); // they are to be done again
    this.#undone.clear();
    this.#asked = new Map();
    this.#given = [];
  }

  #keep(fact: Fact): void {
    if (fact.type === "SignalReceived") return this.#keepSignal(fact);
    if (!isKeyed(fact) || !isGood(fact)) return;
    const call = this.#asked.get(fact.data.key);
    this.#asked.delete(fact.data.key);
    if (fact.type === "CallReused" || call === undefined) return; // what it stands for is kept already
    this.#add(fact.data.key, call, fact);
  }

  #add(key: string, call: RecordedWait, fact: Fact): void {
    this.#count += 1;
    this.earlier.set(baseKey(key), { call, fact, order: this.#count });
  }

  /** A signal went to the oldest wait for its name. */
  #keepSignal(fact: Fact & { readonly type: "SignalReceived" }): void {
    for (const [key, call] of this.#asked) {
      if (call.type !== "SignalAwaited" || call.data.name !== fact.data.name) continue;
      if (this.earlier.has(baseKey(key))) continue; // it had the answer of an earlier attempt, or waited for it
      this.#asked.delete(key);
      this.#add(key, call, fact);
      return;
    }
  }
}

/** A limit of time begins anew with each attempt: only a sleep that is over stays over. */
function isGood(fact: Fact): boolean {
  if (fact.type === "TimerFired") return !fact.data.key.endsWith("/timer");
  if (fact.type === "ChildEnded") return fact.data.state === "COMPLETED";
  return fact.type !== "TaskFailed";
}
