import { z } from "zod";
import { type Namespace, shardKeys } from "./keys.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";

/** One commit as the feed of its shard tells of it. */
export interface FeedEntry {
  readonly id: string;
  readonly run: string;
  readonly first: number; // position of its first event
  readonly count: number; // of its events
  readonly bodies: readonly Buffer[] | null; // null = too large for the feed; they are in the run's stream
}

export interface FeedPage {
  readonly entries: readonly FeedEntry[];
  readonly removed: number; // entries that were ever removed from the front of the feed
  readonly added: number; // entries ever; fewer than a reader has seen = somebody deleted the feed
}

/** Where a feed ends. */
export interface FeedHead {
  readonly id: string; // of its last entry ever; "0-0" = there was none
  readonly count: number; // entries ever
}

/** The next entries of a shard's feed, and how much of it is gone. */
export async function readFeed(
  redis: RedisConnection,
  namespace: Namespace,
  shard: number,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<FeedPage> {
  const { feed } = shardKeys(namespace, shard);
  const [entries, { added, length }] = await Promise.all([
    translated(async () => redis.xrangeBuffer(feed, `(${after}`, "+", "COUNT", limit)),
    readInfo(redis, feed), // afterwards, as one connection keeps the order: what was removed in between counts as gone
  ]);
  return {
    entries: entries.map(([id, fields]) => toFeedEntry(id.toString(), fields)),
    removed: added - length,
    added,
  };
}

export async function readFeedHead(
  redis: RedisConnection,
  namespace: Namespace,
  shard: number,
): Promise<FeedHead> {
  const { last, added } = await readInfo(redis, shardKeys(namespace, shard).feed);
  return { id: last, count: added };
}

/** Removes entries that everybody has read, in whole nodes. */
export async function trimFeed(
  redis: RedisConnection,
  namespace: Namespace,
  shard: number,
  before: string,
): Promise<void> {
  await translated(async () => redis.xtrim(shardKeys(namespace, shard).feed, "MINID", "~", before));
}

/** The letters of the fields, as `commit.lua` and `reopen.lua` write them. */
const field = { run: 0x72, first: 0x70, pointed: 0x6e, body: 0x65 } as const; // r, p, n, e

/** An entry of a feed from its fields. */
export function toFeedEntry(id: string, fields: readonly Buffer[]): FeedEntry {
  let run = "";
  let first = 0;
  let pointed = 0; // events that are only pointed at
  const bodies: Buffer[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const value = fields[index + 1];
    if (value === undefined) continue;
    const name = fields[index]?.[0]; // its only letter
    if (name === field.body) bodies.push(value);
    else if (name === field.run) run = value.toString();
    else if (name === field.first) first = Number(value.toString("latin1"));
    else if (name === field.pointed) pointed = Number(value.toString("latin1"));
  }
  if (pointed > 0) return { id, run, first, count: pointed, bodies: null };
  return { id, run, first, count: bodies.length, bodies };
}

const Info = z.object({
  length: z.int(),
  "last-generated-id": z.string(),
  "entries-added": z.int(),
});

async function readInfo(
  redis: RedisConnection,
  feed: string,
): Promise<{ readonly length: number; readonly last: string; readonly added: number }> {
  try {
    const reply: unknown = await redis.xinfo("STREAM", feed);
    const pairs = Array.isArray(reply) ? reply.map((value: unknown) => value) : [];
    const record: Record<string, unknown> = {};
    for (let index = 0; index + 1 < pairs.length; index += 2) record[String(pairs[index])] = pairs[index + 1];
    const info = Info.parse(record);
    return { length: info.length, last: info["last-generated-id"], added: info["entries-added"] };
  } catch (error) {
    if (error instanceof Error && error.message.includes("no such key"))
      return { length: 0, last: "0-0", added: 0 };
    return translated(async () => Promise.reject(error));
  }
}
