import { z } from "zod";
import { limitKeys } from "./keys.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";
import { fetchTickets, firstParts, lexRange } from "./slot-tickets.ts";

/** What an operator has set for a limit. */
export interface LimitRule {
  readonly slots: number; // 0 = nobody gets one
  readonly decay: number; // slots that become free in a second; 0 = they are given back
}

const Rule = z
  .string()
  .regex(/^\d+ [\d.]+$/)
  .transform((text): LimitRule => {
    const [slots = "", decay = ""] = text.split(" ");
    return { slots: Number(slots), decay: Number(decay) };
  });

/** A limit of which something is known: it is set, somebody holds a slot, or waits for one. */
export interface LimitRow {
  readonly id: string; // "slots:stripe", "rate:stripe"
  readonly slots: number | null; // null = no limit
  readonly decay: number; // as in LimitRule
  readonly perMs: number; // of a rate in code: so long a slot is taken; 0 = none
  readonly isSet: boolean; // by an operator; false = as the code says
  readonly held: number;
  readonly waiting: number;
}

export async function setRule(
  redis: RedisConnection,
  namespace: string,
  { id, slots, decay }: LimitRule & { readonly id: string },
): Promise<void> {
  const text = `${slots} ${decay.toFixed(6)}`;
  await translated(async () => redis.hset(limitKeys(namespace).rules, id, text));
}

/** @returns false when nothing was set */
export async function removeRule(redis: RedisConnection, namespace: string, id: string): Promise<boolean> {
  return translated(async () => (await redis.hdel(limitKeys(namespace).rules, id)) === 1);
}

/** Every limit, by name. O(limits), one call each. */
export async function listLimits(redis: RedisConnection, namespace: string): Promise<readonly LimitRow[]> {
  const keys = limitKeys(namespace);
  const rules = await translated(async () => redis.hgetall(keys.rules));
  const [held, order, passes, meters] = await Promise.all([
    firstParts(redis, keys.held),
    firstParts(redis, keys.order),
    firstParts(redis, keys.passes),
    translated(async () => redis.hkeys(keys.meters)),
  ]);
  const ids = new Set([...Object.keys(rules), ...held, ...order, ...passes, ...meters]);
  ids.delete("seq");
  return Promise.all(
    [...ids].sort().map(async (id) => {
      const rule = rules[id] === undefined ? null : Rule.parse(rules[id]);
      return readRow(redis, namespace, id, rule);
    }),
  );
}

async function readRow(
  redis: RedisConnection,
  namespace: string,
  id: string,
  rule: LimitRule | null,
): Promise<LimitRow> {
  const keys = limitKeys(namespace);
  const [waiting, held, passes, meter, asked] = await translated(async () =>
    Promise.all([
      redis.zlexcount(keys.order, ...lexRange(id)),
      redis.zlexcount(keys.held, ...lexRange(id)),
      redis.zlexcount(keys.passes, ...lexRange(id)),
      redis.hget(keys.meters, id),
      rule === null ? readAsked(redis, namespace, id) : null,
    ]),
  );
  const [rateSlots, ratePerMs] = meter?.includes("/") === true ? meter.split("/").map(Number) : [];
  const [, slots = rateSlots, perMs = ratePerMs ?? 0] = asked ?? [];
  const code = { slots: slots === undefined || slots < 0 ? null : slots, decay: 0, perMs, isSet: false };
  const set = rule === null ? code : { ...rule, perMs: 0, isSet: true };
  return { id, ...set, waiting, held: held + passes + levelNow(meter ?? "", set.decay) };
}

function levelNow(text: string, decay: number): number {
  const [, level = 0, at = 0] = /^([\d.]+) (\d+)$/.exec(text)?.map(Number) ?? [];
  return Math.max(0, Math.ceil(level - (decay * (Date.now() - at)) / 1_000));
}

/** What the code of whoever holds or waits says of a limit. */
async function readAsked(
  redis: RedisConnection,
  namespace: string,
  id: string,
): Promise<readonly [id: string, slots: number, perMs: number] | null> {
  const { held, order } = limitKeys(namespace);
  const [[holder], [waiter]] = await Promise.all([
    redis.zrangebylex(held, ...lexRange(id), "LIMIT", 0, 1),
    redis.zrangebylex(order, ...lexRange(id), "LIMIT", 0, 1),
  ]);
  const ticket = waiter?.split("\u0001").slice(3) ?? holder?.split("\u0001").slice(1);
  if (ticket === undefined) return null;
  const [found] = await fetchTickets(redis, namespace, [ticket.join("\u0001")]);
  return found?.asks.find(([asked]) => asked === id) ?? null;
}
