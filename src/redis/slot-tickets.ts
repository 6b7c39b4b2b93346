import { z } from "zod";
import { decodeValue } from "../events/codec.ts";
import { limitKeys } from "./keys.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";

/** A ticket of `exchange-slots.lua` as it is kept. */
export interface SlotTicket {
  readonly ticket: string;
  readonly worker: string;
  readonly state: "w" | "o" | "t"; // waits, offered, taken
  readonly priority: number;
  readonly note: string;
  readonly asks: readonly (readonly [id: string, slots: number, perMs: number])[];
}

const Ask = z.tuple([z.string(), z.number(), z.number()]);
const Kept = z.tuple([z.string(), z.enum(["w", "o", "t"]), z.string(), z.string(), z.array(Ask)]);

/** The range of members of a sorted set by name whose first parts are these. */
export function lexRange(...parts: readonly string[]): readonly [min: string, max: string] {
  const prefix = parts.join("\u0001");
  return [`[${prefix}\u0001`, `(${prefix}\u0002`];
}

interface Place {
  readonly namespace: string;
  readonly worker: string;
}

/** How many tickets of a worker wait, and how many it has taken; and those that it was offered. */
export async function countTickets(
  redis: RedisConnection,
  { namespace, worker }: Place,
): Promise<{ readonly waiting: number; readonly taken: number; readonly offered: readonly string[] }> {
  const { workers } = limitKeys(namespace);
  const [waiting, taken, offered] = await translated(async () =>
    Promise.all([
      redis.zlexcount(workers, ...lexRange(worker, "w")),
      redis.zlexcount(workers, ...lexRange(worker, "t")),
      redis.zrangebylex(workers, ...lexRange(worker, "o")),
    ]),
  );
  return { waiting, taken, offered: offered.map(ticketIn) };
}

/** Every ticket of a worker. O(its tickets). */
export async function readTickets(
  redis: RedisConnection,
  { namespace, worker }: Place,
): Promise<readonly SlotTicket[]> {
  const { workers } = limitKeys(namespace);
  const members = await translated(async () => redis.zrangebylex(workers, ...lexRange(worker)));
  return fetchTickets(redis, namespace, members.map(ticketIn));
}

const atOnce = 500;

/** Those of these tickets that there are. */
export async function fetchTickets(
  redis: RedisConnection,
  namespace: string,
  tickets: readonly string[],
): Promise<readonly SlotTicket[]> {
  const key = limitKeys(namespace).tickets;
  const found: SlotTicket[] = [];
  for (let index = 0; index < tickets.length; index += atOnce) {
    const names = tickets.slice(index, index + atOnce);
    const packed = await translated(async () => redis.hmgetBuffer(key, ...names));
    for (const [place, bytes] of packed.entries())
      if (bytes !== null) found.push(toTicket(names[place] ?? "", bytes));
  }
  return found;
}

function toTicket(ticket: string, bytes: Buffer): SlotTicket {
  const [worker, state, place, note, asks] = Kept.parse(decodeValue(bytes, `Ticket ${ticket}`));
  return { ticket, worker, state, note, asks, priority: Number.parseInt(place, 10) };
}

function ticketIn(member: string): string {
  return member.split("\u0001").slice(2).join("\u0001");
}

/** Workers that have tickets. O(workers). */
export async function readTicketWorkers(
  redis: RedisConnection,
  namespace: string,
): Promise<readonly string[]> {
  return firstParts(redis, limitKeys(namespace).workers);
}

/** The different first parts of the members of a sorted set by name; each costs one call. */
export async function firstParts(redis: RedisConnection, key: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (let after = "-"; ; ) {
    const [member] = await translated(async () => redis.zrangebylex(key, after, "+", "LIMIT", 0, 1));
    const first = member?.split("\u0001")[0];
    if (first === undefined) return found;
    found.push(first);
    after = `(${first}\u0002`;
  }
}
