import type { Projection } from "../projections/define.ts";
import { unpackDocument } from "../projections/document.ts";
import { CoverReader } from "./each-index.ts";
import { readFeed, readFeedHead } from "./feed.ts";
import type { Namespace } from "./keys.ts";
import { fromEachShard, shardsOf, type ViewPlace } from "./live-view.ts";
import { translated } from "./redis-error.ts";
import { statesCover } from "./run-cover.ts";
import type { RedisConnection } from "./script.ts";
import { readBuilds } from "./view-builds.ts";
import { type BuildPlace, readAside, readDocuments, readMark, type SetAside } from "./view-store.ts";

/** Documents of a projection: shard -> id -> document. */
export type ShardDocuments<Doc> = ReadonlyMap<number, ReadonlyMap<string, Doc>>;

/**
 * Every document of a projection, decoded. A shard whose first build is not complete has no documents. O(documents).
 * @throws EngineError EVENT_UNREADABLE for a damaged document
 */
export async function readAllDocuments<Doc extends object>(
  redis: RedisConnection,
  namespace: Namespace,
  signature: string,
  projection: Pick<Projection<Doc>, "name" | "initial">,
): Promise<ShardDocuments<Doc>> {
  const shards = await fromEachShard({ redis, namespace, signature }, async (place) =>
    readDocuments(redis, place, projection.name),
  );
  return new Map(
    shards.map((documents, shard) => [
      shard,
      new Map([...(documents ?? [])].map(([id, bytes]) => [id, unpackDocument(bytes, projection.initial())])),
    ]),
  );
}

/** How many runs of a flow are in a state. */
export interface StateCount {
  readonly flow: string;
  readonly state: string; // type
  readonly name: string;
  readonly count: number; // more than 0
}

/** Every run counted once, by flow and state, as of the last fold. O(flows x states), not O(runs). */
export async function readIndexCounts(
  redis: RedisConnection,
  namespace: Namespace,
  signature: string,
): Promise<readonly StateCount[]> {
  const view = { redis, namespace, signature };
  const shards = await fromEachShard(view, async (place) => countShard(view, place));
  const sums = new Map<string, StateCount>();
  for (const found of shards.flatMap((counts) => counts ?? [])) {
    const key = JSON.stringify([found.flow, found.state, found.name]);
    sums.set(key, { ...found, count: found.count + (sums.get(key)?.count ?? 0) });
  }
  return [...sums.values()].filter(({ count }) => count > 0);
}

async function countShard(view: ViewPlace, place: BuildPlace): Promise<readonly StateCount[]> {
  const reader = new CoverReader(view, place, statesCover([], []));
  const counts = await reader.ask("ZCARD");
  const sets = await reader.sets();
  return sets.flatMap(({ index }, at) => {
    if (index?.[0] !== "state") return [];
    const [, flow, state, name] = index;
    return [{ flow, state, name, count: Number(counts[at]) }];
  });
}

/** How far the documents are behind the log. */
export interface Lag {
  readonly entries: number; // commits that are not folded; 0 = caught up
  readonly ms: number; // since the first of them was committed; 0 = caught up, or it is not in the feed any more
}

/** The lag of a namespace: entries summed, and the oldest of all shards. A build that is not complete yet counts too. */
export async function readLag(redis: RedisConnection, namespace: Namespace, signature: string): Promise<Lag> {
  const view = { redis, namespace, signature };
  const [seconds, micros] = await translated(async () => redis.time());
  const nowMs = Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
  const lags = await Promise.all(shardsOf(view).map(async (shard) => readShardLag(view, shard, nowMs)));
  return {
    entries: lags.reduce((sum, { entries }) => sum + entries, 0),
    ms: Math.max(0, ...lags.map(({ ms }) => ms)),
  };
}

async function readShardLag(
  { redis, namespace, signature }: ViewPlace,
  shard: number,
  nowMs: number,
): Promise<Lag> {
  const place = await readCurrentBuild({ redis, namespace, signature }, shard);
  const mark = place === null ? { feed: "0-0", count: 0 } : await readMark(redis, place);
  const head = await readFeedHead(redis, namespace, shard);
  const entries = Math.max(0, head.count - mark.count);
  if (entries === 0) return { entries, ms: 0 };
  const page = await readFeed(redis, namespace, shard, { after: mark.feed, limit: 1 });
  const [firstAt = String(nowMs)] = page.entries[0]?.id.split("-") ?? [];
  return { entries, ms: Math.max(0, nowMs - Number(firstAt)) };
}

/** The build in use of a shard, else the one that is made; null = there is none. */
export async function readCurrentBuild(
  { redis, namespace, signature }: ViewPlace,
  shard: number,
): Promise<BuildPlace | null> {
  const { live, next } = await readBuilds(redis, namespace, shard, signature);
  const build = live ?? next;
  return build === null ? null : { namespace, shard, build };
}

/** Every run that stands aside, longest first. */
export async function readAsideRuns(
  redis: RedisConnection,
  namespace: Namespace,
  signature: string,
): Promise<readonly SetAside[]> {
  const view = { redis, namespace, signature };
  const lists = await Promise.all(
    shardsOf(view).map(async (shard) => {
      const place = await readCurrentBuild(view, shard);
      return place === null ? [] : readAside(redis, place);
    }),
  );
  return lists.flat().sort((one, other) => one.at - other.at);
}
