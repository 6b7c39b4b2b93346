import { EngineError } from "../base/errors.ts";
import { limitId } from "../engine/limit-asks.ts";
import { exchangeSlots } from "../redis/exchange-slots.ts";
import { type LimitRow, listLimits, removeRule, setRule } from "../redis/limits.ts";
import type { Client } from "./client.ts";

/** A limit as people see it. */
export interface LimitView extends Omit<LimitRow, "id"> {
  readonly key: string;
  readonly kind: "slots" | "rate";
}

/** Every limit of which something is known, by key. */
export async function viewLimits(client: Client): Promise<readonly LimitView[]> {
  const { redis, namespace } = client.store;
  const rows = await listLimits(redis, namespace.name);
  return rows
    .map(({ id, ...row }): LimitView => {
      const kind = id.startsWith("rate:") ? "rate" : "slots";
      return { ...row, kind, key: id.slice(kind.length + 1) };
    })
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

export interface NewLimit {
  readonly key: string;
  readonly slots: number; // 0 = nobody gets one
  readonly decay: number | null; // of a rate: slots that become free in a second; null = they are given back
}

/** Sets a limit for all code of the namespace, at once. @throws EngineError OPTION_INVALID */
export async function setLimit(client: Client, { key, slots, decay }: NewLimit): Promise<void> {
  if (!/^[^\p{Cc}]{1,200}$/u.test(key)) {
    const text = "The name of a limit has 1 to 200 characters, none of them control characters.";
    throw new EngineError("OPTION_INVALID", text, { key });
  }
  const { redis, namespace } = client.store;
  const id = limitId({ kind: decay === null ? "slots" : "rate", key });
  await setRule(redis, namespace.name, { id, slots, decay: decay ?? 0 });
  await lookAgain(client, [id]);
}

/** Leaves a limit to the code again, of slots and of a rate. @throws EngineError LIMIT_UNKNOWN when none was set */
export async function removeLimit(client: Client, key: string): Promise<void> {
  const { redis, namespace } = client.store;
  const ids = [limitId({ kind: "slots", key }), limitId({ kind: "rate", key })];
  const removed = await Promise.all(ids.map(async (id) => removeRule(redis, namespace.name, id)));
  if (!removed.includes(true)) {
    const text = `Nobody has set a limit ${JSON.stringify(key)}. See which there are: millrace limits ls`;
    throw new EngineError("LIMIT_UNKNOWN", text, { key });
  }
  await lookAgain(client, ids);
}

/** Those in line may have their turn by now. */
async function lookAgain({ id, store }: Client, look: readonly string[]): Promise<void> {
  const caller = { namespace: store.namespace.name, worker: `client-${id}` };
  await exchangeSlots(store.redis, caller, { give: [], take: [], look, bury: [] });
}
