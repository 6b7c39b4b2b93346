import { z } from "zod";
import { type LimitAsk, limitId } from "../engine/limit-asks.ts";
import { encodeValue } from "../events/codec.ts";
import { channelPrefix, limitKeys } from "./keys.ts";
import { translated } from "./redis-error.ts";
import { loadScript, type RedisConnection } from "./script.ts";

/** Somebody who wants a slot of each of its limits, all at once. */
export interface SlotRequest {
  readonly ticket: string; // its name; asking again with the same one keeps the place in line
  readonly note: string; // what another worker needs to start it; "" = nobody else can
  readonly priority: number; // 1 = first
  readonly asks: readonly LimitAsk[];
}

/** What a worker wants of the limits, in one call. */
export interface SlotExchange {
  readonly give: readonly string[]; // tickets
  readonly take: readonly SlotRequest[];
  readonly look: readonly string[]; // ids of limits that may have something free
  readonly bury: readonly string[]; // dead workers
}

export interface SlotAnswer {
  /** "queued": it waits at another worker; "taken": another worker has it. */
  readonly state: "granted" | "waiting" | "queued" | "taken";
  readonly unset: readonly string[]; // ids of its limits that nobody has set: they do not hold it up
}

const State = z.enum(["granted", "waiting", "queued", "taken"]);
const Text = z.instanceof(Buffer).transform((bytes) => bytes.toString());
const Reply = z.tuple([z.array(z.tuple([Text.pipe(State)], Text)), z.int()]);
const runExchange = loadScript("exchange-slots", Reply);

/** The last priority; as far as BullMQ's go. */
export const lastPriority = 2 ** 21 - 1;

/**
 * Gives slots back, asks for others, and lets everybody in line have what became free. Safe to send again after a
 * lost reply. Several asks of one limit in a request count once.
 */
export async function exchangeSlots(
  redis: RedisConnection,
  { namespace, worker }: { readonly namespace: string; readonly worker: string },
  { give, take, look, bury }: SlotExchange,
): Promise<{ readonly answers: readonly SlotAnswer[]; readonly buried: number }> {
  const { rules, tickets, order, held, passes, fading, meters, workers } = limitKeys(namespace);
  const keys = [rules, tickets, order, held, passes, fading, meters, workers];
  const body = encodeValue([give, take.map(toRequest), look, bury]);
  const [answers, buried] = await translated(async () =>
    runExchange(redis, keys, [worker, channelPrefix(namespace), body]),
  );
  return { answers: answers.map(([state, ...unset]) => ({ state, unset })), buried };
}

function toRequest({ ticket, note, priority, asks }: SlotRequest): unknown {
  const byId = new Map(asks.map((ask) => [limitId(ask), ask]));
  return [ticket, note, priority, [...byId].map(([id, { slots, perMs }]) => [id, slots ?? -1, perMs ?? 0])];
}
