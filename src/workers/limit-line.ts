import { exchangeSlots, type SlotAnswer, type SlotRequest } from "../redis/exchange-slots.ts";
import type { LimitDeskOptions } from "./limit-place.ts";
import { insist } from "./patient-log.ts";

interface Asking {
  readonly request: SlotRequest;
  readonly resolve: (answer: SlotAnswer) => void;
  readonly reject: (error: unknown) => void;
}

const atOnce = 200; // requests a call; keeps the script short

/** One call after the other to the limits of a namespace: what comes up meanwhile goes into the next one. */
export class LimitLine {
  readonly #options: LimitDeskOptions;
  readonly #stop = new AbortController();
  readonly #give: string[] = [];
  readonly #take: Asking[] = [];
  readonly #look = new Set<string>();
  readonly #alone: (() => Promise<void>)[] = [];
  #working: Promise<void> | null = null;

  constructor(options: LimitDeskOptions) {
    this.#options = options;
  }

  async take(request: SlotRequest): Promise<SlotAnswer> {
    return new Promise((resolve, reject) => {
      this.#take.push({ request, resolve, reject });
      this.#work();
    });
  }

  give(ticket: string): void {
    this.#give.push(ticket);
    this.#work();
  }

  look(limit: string): void {
    this.#look.add(limit);
    this.#work();
  }

  /** @returns how many tickets of the dead worker were seen to; 0 = it has none any more */
  async bury(dead: string): Promise<number> {
    const { redis } = this.#options;
    const exchange = { give: [], take: [], look: [], bury: [dead] };
    return (await exchangeSlots(redis, this.#options, exchange)).buried;
  }

  /** Runs `work` while no call is under way. */
  async alone(work: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#alone.push(async () => work().then(resolve, reject));
      this.#work();
    });
  }

  /** Sends what is left, once. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#working;
  }

  #work(): void {
    this.#working ??= this.#empty();
  }

  async #empty(): Promise<void> {
    await Promise.resolve(); // what is asked for in the same step goes along
    while (this.#give.length + this.#take.length + this.#look.size + this.#alone.length > 0) {
      for (const work of this.#alone.splice(0)) await work();
      await this.#exchange();
    }
    this.#working = null;
  }

  async #exchange(): Promise<void> {
    const asking = this.#take.splice(0, atOnce);
    const give = this.#give.splice(0, atOnce * 5);
    const look = [...this.#look];
    this.#look.clear();
    if (asking.length + give.length + look.length === 0) return;
    const exchange = { give, look, take: asking.map(({ request }) => request), bury: [] };
    const { redis, clock, onTrouble } = this.#options;
    try {
      const patience = { clock, onTrouble, stop: this.#stop.signal };
      const { answers } = await insist(async () => exchangeSlots(redis, this.#options, exchange), patience);
      for (const [index, { resolve, reject }] of asking.entries()) {
        const answer = answers[index];
        if (answer === undefined) reject(new Error("exchange-slots.lua gave too few answers."));
        else resolve(answer);
      }
    } catch (error) {
      for (const { reject } of asking) reject(error);
      onTrouble(error); // slots that could not be given back are found when tickets are compared
    }
  }
}
