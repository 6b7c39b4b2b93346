import { type Delivery, isKept } from "../engine/calls.ts";
import type { Execution } from "../engine/execution.ts";
import type { Fact } from "../engine/history.ts";
import type { Deliveries } from "./deliveries.ts";
import type { LocalFact } from "./due-task.ts";

/** A fact on its way. */
interface Given {
  readonly delivery: Delivery;
  readonly mark: number; // as in TurnTaken.delivered
}

/** Gives facts to the code of a flow, one at a time; keeps those that the code does not wait for yet. */
export class FactGiver {
  readonly #execution: Execution;
  readonly #deliveries: Deliveries;
  readonly #waiting: Given[] = []; // in order

  constructor(execution: Execution, deliveries: Deliveries) {
    this.#execution = execution;
    this.#deliveries = deliveries;
  }

  /** Adds the marks of what was given to `delivered`. */
  async giveAll(inbox: readonly Fact[], local: readonly LocalFact[], delivered: number[]): Promise<void> {
    // Awaiting nothing costs more than the rest of this.
    if (this.#waiting.length > 0) await this.#giveWaiting(delivered);
    for (const given of this.#toGive(inbox, local)) {
      const hearing = this.#give(given, delivered);
      if (hearing !== null) {
        await hearing;
        if (this.#waiting.length > 0) await this.#giveWaiting(delivered);
      } else if (isKept(given.delivery)) this.#waiting.push(given);
    }
  }

  #toGive(inbox: readonly Fact[], local: readonly LocalFact[]): readonly Given[] {
    const all: Given[] = inbox.map((fact) => ({
      delivery: this.#deliveries.take(fact),
      mark: fact.position,
    }));
    for (const [index, { settles }] of local.entries()) {
      if (settles !== null) all.push({ delivery: { to: "call", ...settles }, mark: index - local.length });
    }
    return all;
  }

  /** Resolves when the code has gone on as far as it can; null = it does not wait for this. */
  #give({ delivery, mark }: Given, delivered: number[]): Promise<void> | null {
    if (!this.#execution.offer(delivery, delivered.length)) return null;
    delivered.push(mark);
    return this.#execution.drain();
  }

  /** The code may have come to wait for what is there already. */
  async #giveWaiting(delivered: number[]): Promise<void> {
    for (let index = 0; index < this.#waiting.length; index += 1) {
      const given = this.#waiting[index];
      const hearing = given === undefined ? null : this.#give(given, delivered);
      if (hearing === null) continue;
      await hearing;
      this.#waiting.splice(index, 1);
      index = -1; // from the first one again: the code went on
    }
  }
}
