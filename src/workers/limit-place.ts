import type { SlotRequest } from "../redis/exchange-slots.ts";
import type { RedisConnection } from "../redis/script.ts";
import type { SlotTicket } from "../redis/slot-tickets.ts";
import type { Clock } from "./clock.ts";

/** A slot of each limit that was asked for. */
export interface LimitPlace {
  readonly lost: AbortSignal; // somebody else has the slot by now: this worker was taken for dead
  /** Gives the slots back, once; does not wait for it. */
  leave(): void;
}

/** A place; or why there is none: it waits here, or at another worker; or another worker is at it. */
export type LinedUp = LimitPlace | "waiting" | "queued" | "taken";

/** What a desk needs from the outside. */
export interface LimitDeskOptions {
  readonly redis: RedisConnection;
  readonly namespace: string;
  readonly worker: string;
  readonly clock: Clock;
  /** Subscribes to what is said to this worker about slots. */
  readonly listen: (hear: (word: string) => void) => Promise<void>;
  /** The turn of what was lined up has come: somebody should begin it. */
  readonly onGranted: (notes: readonly string[]) => Promise<void>;
  readonly onTrouble: (error: unknown) => void;
}

/** A ticket of this process. */
export interface OwnTicket {
  readonly request: SlotRequest;
  readonly lost: AbortController;
  isTaken: boolean;
  wake(): void;
  /** Resolves when it was woken, also before. */
  woken(): Promise<void>;
}

export function createTicket(request: SlotRequest): OwnTicket {
  let isAwake = false;
  let resolve = (): void => undefined;
  return {
    request,
    isTaken: false,
    lost: new AbortController(),
    wake: () => {
      isAwake = true;
      resolve();
    },
    woken: async () => {
      if (!isAwake)
        await new Promise<void>((done) => {
          resolve = done;
        });
      isAwake = false;
    },
  };
}

/** The request that a ticket in Redis was made of. */
export function toRequest({ ticket, note, priority, asks }: SlotTicket): SlotRequest {
  return {
    ticket,
    note,
    priority,
    asks: asks.map(([id, slots, perMs]) => ({
      kind: id.startsWith("rate:") ? "rate" : "slots",
      key: id.slice(id.indexOf(":") + 1),
      slots: slots < 0 ? null : slots,
      perMs: perMs === 0 ? null : perMs,
    })),
  };
}
