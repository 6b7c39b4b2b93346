import { z } from "zod";
import { requestKey } from "./keys.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";

const underWayMs = 60_000; // a server that died meanwhile has left the key to whoever asks again after that
const keptMs = 24 * 3_600_000;

const Kept = z.object({
  request: z.string(), // digest of what was asked
  status: z.int().nullable(), // null = under way
  body: z.string(),
});

/** A request under a key, by the digest of what it asks. */
export interface KeyedRequest {
  readonly key: string;
  readonly request: string;
}

/** What became of an earlier request with the same key. */
export type EarlierRequest =
  | { readonly how: "none" } // this one is the first, and holds the key
  | { readonly how: "under way" }
  | { readonly how: "other" } // it asked for something else
  | { readonly how: "answered"; readonly status: number; readonly body: string };

export async function beginRequest(
  redis: RedisConnection,
  namespace: string,
  { key, request }: KeyedRequest,
): Promise<EarlierRequest> {
  const name = requestKey(namespace, key);
  const mine = JSON.stringify({ request, status: null, body: "" } satisfies z.input<typeof Kept>);
  const before = await translated(async () => redis.set(name, mine, "PX", underWayMs, "NX", "GET"));
  if (before === null) return { how: "none" };
  const kept = Kept.parse(JSON.parse(before));
  if (kept.request !== request) return { how: "other" };
  if (kept.status === null) return { how: "under way" };
  return { how: "answered", status: kept.status, body: kept.body };
}

/** Keeps the answer for whoever asks again. */
export async function answerRequest(
  redis: RedisConnection,
  namespace: string,
  { key, request, status, body }: KeyedRequest & { readonly status: number; readonly body: string },
): Promise<void> {
  const text = JSON.stringify({ request, status, body } satisfies z.input<typeof Kept>);
  await translated(async () => redis.set(requestKey(namespace, key), text, "PX", keptMs));
}

/** Nothing came of it: the same key may try again. */
export async function forgetRequest(redis: RedisConnection, namespace: string, key: string): Promise<void> {
  await translated(async () => redis.del(requestKey(namespace, key)));
}
