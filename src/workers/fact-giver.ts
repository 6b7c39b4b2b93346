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
    await this.#giveWaiting(delivered);
    for (const given of this.#toGive(inbox, local)) {
      if (await this.#give(given, delivered)) await this.#giveWaiting(delivered);
      else if (isKept(given.delivery)) this.#waiting.push(given);
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

  async #give({ delivery, mark }: Given, delivered: number[]): Promise<boolean> {
    if (!this.#execution.offer(delivery, delivered.length)) return false;
    await this.#execution.drain();
    delivered.push(mark);
    return true;
  }

  /** The code may have come to wait for what is there already. */
  async #giveWaiting(delivered: number[]): Promise<void> {
    for (let index = 0; index < this.#waiting.length; index += 1) {
      const given = this.#waiting[index];
      if (given === undefined || !(await this.#give(given, delivered))) continue;
      this.#waiting.splice(index, 1);
      index = -1; // from the first one again: the code went on
    }
  }
}
