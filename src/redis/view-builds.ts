import { z } from "zod";
import { type Namespace, viewKeys } from "./keys.ts";
import { translated } from "./redis-error.ts";
import { loadScript, type RedisConnection } from "./script.ts";
import { type BuildPlace, readMark } from "./view-store.ts";

const Text = z.instanceof(Buffer).transform((text) => text.toString());
const runSwitch = loadScript("switch-view", Text.nullable());

/** The builds of one shard that belong to the versions of this release. */
export interface Builds {
  readonly live: string | null; // null = the first one is not complete yet
  readonly next: string | null; // being made beside it
}

export async function readBuilds(
  redis: RedisConnection,
  namespace: Namespace,
  shard: number,
  signature: string,
): Promise<Builds> {
  const { views } = viewKeys(namespace, shard, "");
  const [live, next] = await translated(async () =>
    redis.hmget(views, `live:${signature}`, `next:${signature}`),
  );
  return { live: live ?? null, next: next ?? null };
}

/** Begins a build unless one is under way; answers the one that is. */
export async function beginBuild(
  redis: RedisConnection,
  { namespace, shard, build }: BuildPlace,
  signature: string,
): Promise<string> {
  const { views } = viewKeys(namespace, shard, "");
  return translated(async () => {
    await redis.hsetnx(views, `next:${signature}`, build);
    return (await redis.hget(views, `next:${signature}`)) ?? build;
  });
}

/** Gives up the build that is under way, and removes it. */
export async function abandonBuild(
  redis: RedisConnection,
  place: BuildPlace,
  signature: string,
): Promise<void> {
  const { views } = viewKeys(place.namespace, place.shard, "");
  await translated(async () => redis.hdel(views, `next:${signature}`));
  await removeBuild(redis, place);
}

/** Uses a build that has caught up, and removes the one before. @returns false when it is not the next one any more */
export async function switchTo(
  redis: RedisConnection,
  place: BuildPlace,
  signature: string,
): Promise<boolean> {
  const { namespace, shard, build } = place;
  const { views } = viewKeys(namespace, shard, "");
  const before = await translated(async () => runSwitch(redis, [views], [signature, build]));
  if (before === null) return false;
  if (before !== "" && before !== build) await removeBuild(redis, { namespace, shard, build: before });
  return true;
}

/** Nobody stores anything in this shard for the next `ms`, so that all of it can be read as of one moment; 0 = go on. */
export async function holdShard(
  redis: RedisConnection,
  namespace: Namespace,
  shard: number,
  ms: number,
): Promise<void> {
  const { views } = viewKeys(namespace, shard, "");
  await translated(async () => {
    if (ms === 0) return redis.hdel(views, "hold");
    const [seconds, micros] = await redis.time();
    return redis.hset(views, "hold", Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000) + ms);
  });
}

/**
 * Removes builds under versions of other releases that stopped following the feed: an older release that still runs
 * keeps its own up to date. @returns how many
 */
export async function removeOutdated(
  redis: RedisConnection,
  {
    namespace,
    shard,
    signature,
  }: { readonly namespace: Namespace; readonly shard: number; readonly signature: string },
  beforeMs: number, // epoch ms of the newest commit that they have folded
): Promise<number> {
  const { views } = viewKeys(namespace, shard, "");
  const fields = await translated(async () => redis.hgetall(views));
  let removed = 0;
  for (const [field, build] of Object.entries(fields)) {
    if (field === "hold" || field.endsWith(`:${signature}`)) continue;
    const place = { namespace, shard, build };
    const [foldedAt = "0"] = (await readMark(redis, place)).feed.split("-");
    if (Number(foldedAt) >= beforeMs) continue;
    await translated(async () => redis.hdel(views, field)); // first: who still folds it is told "mismatch"
    await removeBuild(redis, place);
    removed += 1;
  }
  return removed;
}

async function removeBuild(redis: RedisConnection, { namespace, shard, build }: BuildPlace): Promise<void> {
  const { meta, runs, aside, parts, states, part } = viewKeys(namespace, shard, build);
  const names = await translated(async () => redis.smembers(parts));
  const all = [meta, runs, aside, states, ...names.map(part), parts]; // the list of parts last: a crash here leaves it
  for (let start = 0; start < all.length; start += 200)
    await translated(async () => redis.unlink(...all.slice(start, start + 200)));
}
