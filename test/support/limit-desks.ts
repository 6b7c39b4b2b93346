import { randomUUID } from "node:crypto";
import type { LimitAsk } from "../../src/engine/limit-asks.ts";
import { Channels } from "../../src/redis/channels.ts";
import { openConnection, toAddress } from "../../src/redis/connect.ts";
import { lastPriority, type SlotRequest } from "../../src/redis/exchange-slots.ts";
import type { RedisConnection } from "../../src/redis/script.ts";
import { systemClock } from "../../src/workers/clock.ts";
import { LimitDesk } from "../../src/workers/limit-desk.ts";
import type { LimitPlace } from "../../src/workers/limit-place.ts";

export const never = new AbortController().signal;

export function slots(key: string, count: number | null): LimitAsk {
  return { kind: "slots", key, slots: count, perMs: null };
}

export function rate(key: string, count: number | null, perMs: number | null): LimitAsk {
  return { kind: "rate", key, slots: count, perMs };
}

export function request(
  ticket: string,
  asks: readonly LimitAsk[],
  more: Partial<SlotRequest> = {},
): SlotRequest {
  return { ticket, asks, note: "", priority: lastPriority, ...more };
}

/** A worker of a test, as limits see it. */
export interface TestDesk {
  readonly worker: string;
  readonly desk: LimitDesk;
  readonly redis: RedisConnection;
  readonly handed: string[]; // notes whose turn had come
  readonly troubles: unknown[];
  isDeaf: boolean; // what is published does not arrive
}

/** Workers of one namespace; their leases are what the test says. */
export class LimitDesks {
  readonly namespace = `limits-${randomUUID().slice(0, 8)}`;
  readonly dead = new Set<string>();
  readonly #url: string;
  readonly #closing: (() => Promise<void>)[] = [];
  #count = 0;

  constructor(url: string) {
    this.#url = url;
  }

  open(): TestDesk {
    const address = toAddress(this.#url);
    const redis = openConnection(address);
    const channels = new Channels(address, this.namespace);
    this.#count += 1;
    const worker = `w${this.#count}`;
    const opened: TestDesk = {
      worker,
      redis,
      handed: [],
      troubles: [],
      isDeaf: false,
      desk: new LimitDesk({
        redis,
        namespace: this.namespace,
        worker,
        clock: systemClock,
        listen: async (hear) =>
          channels.onSlots(worker, (word) => {
            if (!opened.isDeaf) hear(word);
          }),
        onGranted: async (notes) => void opened.handed.push(...notes),
        onTrouble: (error) => opened.troubles.push(error),
      }),
    };
    this.#closing.push(async () => {
      await opened.desk.close();
      channels.close();
      redis.disconnect();
    });
    return opened;
  }

  /** As the sweeper of a worker does it. */
  async sweep({ desk }: TestDesk): Promise<void> {
    await desk.sweep(async (worker) => !this.dead.has(worker));
  }

  async end(): Promise<void> {
    await Promise.all(this.#closing.map(async (close) => close()));
  }
}

/** Who has a place, in the order in which they got it. */
export class Places {
  readonly order: string[] = [];
  readonly #places = new Map<string, LimitPlace>();
  readonly #waiting: Promise<void>[] = [];

  /** Asks for a place; does not wait for it. */
  ask({ desk }: TestDesk, wanted: SlotRequest, stop: AbortSignal = never): void {
    const waiting = desk.enter(wanted, stop, true).then((place) => {
      if (place === null) return;
      this.#places.set(wanted.ticket, place);
      this.order.push(wanted.ticket);
    });
    this.#waiting.push(waiting);
  }

  lostOf(ticket: string): AbortSignal | undefined {
    return this.#places.get(ticket)?.lost;
  }

  leave(ticket: string): void {
    this.#places.get(ticket)?.leave();
    this.#places.delete(ticket);
  }
}
