import { randomBytes } from "node:crypto";
import { z } from "zod";
import { signInKey, systemKeys } from "./keys.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";

/** What a key of the API is for. The key itself is kept nowhere. */
export const ApiKeyCard = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(["viewer", "operator", "admin"]),
  createdAt: z.int(), // epoch ms
  createdBy: z.string(),
  expiresAt: z.int().nullable(), // epoch ms; null = never
});
export type ApiKeyCard = z.output<typeof ApiKeyCard>;

export interface KeptApiKey {
  readonly card: ApiKeyCard;
  readonly hash: string; // SHA-256 of the key
  readonly usedAt: number | null; // epoch ms; null = not yet
}

export async function writeApiKey(
  redis: RedisConnection,
  namespace: string,
  { hash, card }: Pick<KeptApiKey, "hash" | "card">,
): Promise<void> {
  await translated(async () => redis.hset(systemKeys(namespace).apiKeys, hash, JSON.stringify(card)));
}

/** null = there is none with this hash. */
export async function readApiKey(
  redis: RedisConnection,
  namespace: string,
  hash: string,
): Promise<ApiKeyCard | null> {
  const text = await translated(async () => redis.hget(systemKeys(namespace).apiKeys, hash));
  return text === null ? null : ApiKeyCard.parse(JSON.parse(text));
}

export async function readApiKeys(redis: RedisConnection, namespace: string): Promise<readonly KeptApiKey[]> {
  const { apiKeys, apiKeysUsed } = systemKeys(namespace);
  const [cards, used] = await translated(async () =>
    Promise.all([redis.hgetall(apiKeys), redis.hgetall(apiKeysUsed)]),
  );
  return Object.entries(cards).map(([hash, text]) => {
    const card = ApiKeyCard.parse(JSON.parse(text));
    const usedAt = used[card.id];
    return { hash, card, usedAt: usedAt === undefined ? null : Number(usedAt) };
  });
}

/** @returns false when it was not there */
export async function removeApiKey(
  redis: RedisConnection,
  namespace: string,
  { hash, card }: Pick<KeptApiKey, "hash" | "card">,
): Promise<boolean> {
  const { apiKeys, apiKeysUsed } = systemKeys(namespace);
  return translated(async () => {
    const removed = await redis.hdel(apiKeys, hash);
    await redis.hdel(apiKeysUsed, card.id);
    return removed === 1;
  });
}

export async function noteApiKeyUse(
  redis: RedisConnection,
  namespace: string,
  { id, at }: { readonly id: string; readonly at: number },
): Promise<void> {
  await translated(async () => redis.hset(systemKeys(namespace).apiKeysUsed, id, at));
}

/** What all servers of a namespace sign sessions with; the first one draws it. */
export async function readSecret(redis: RedisConnection, namespace: string): Promise<string> {
  const { secret } = systemKeys(namespace);
  return translated(async () => {
    await redis.set(secret, randomBytes(32).toString("hex"), "NX");
    return (await redis.get(secret)) ?? "";
  });
}

/** Counts an attempt to sign in. @returns how many there were within the window, with this one */
export async function countAttempt(
  redis: RedisConnection,
  namespace: string,
  { who, windowMs }: { readonly who: string; readonly windowMs: number },
): Promise<number> {
  const key = signInKey(namespace, "attempts", who);
  const replies = await translated(async () =>
    redis.multi().set(key, 0, "PX", windowMs, "NX").incr(key).exec(),
  );
  return Number(replies?.[1]?.[1] ?? Number.POSITIVE_INFINITY);
}

/** It was a good one: it does not count. */
export async function forgiveAttempt(redis: RedisConnection, namespace: string, who: string): Promise<void> {
  const key = signInKey(namespace, "attempts", who);
  // A counter that has run out meanwhile is made anew by this, and must run out too.
  await translated(async () => redis.multi().decr(key).pexpire(key, forgivenMs, "NX").exec());
}

const forgivenMs = 60_000;

export async function endSession(
  redis: RedisConnection,
  namespace: string,
  { session, forMs }: { readonly session: string; readonly forMs: number },
): Promise<void> {
  await translated(async () =>
    redis.set(signInKey(namespace, "ended", session), "1", "PX", Math.max(1, forMs)),
  );
}

export async function isSessionEnded(
  redis: RedisConnection,
  namespace: string,
  session: string,
): Promise<boolean> {
  return translated(async () => (await redis.exists(signInKey(namespace, "ended", session))) === 1);
}
