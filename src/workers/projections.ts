import { setTimeout as sleep } from "node:timers/promises";
import { shardOf } from "../base/ids.ts";
import { unpackDocument } from "../projections/document.ts";
import { newSummary } from "../projections/run-summary.ts";
import { readFeedHead } from "../redis/feed.ts";
import { ShardFold } from "../redis/fold-shard.ts";
import { shardKeys, systemKeys } from "../redis/keys.ts";
import { shardsOf } from "../redis/live-view.ts";
import { abandonBuild, beginBuild, readBuilds, switchTo } from "../redis/view-builds.ts";
import { readMark, readRunDocuments } from "../redis/view-store.ts";
import { newId } from "./ids.ts";
import { currentSet, type ProjectionSet } from "./projection-set.ts";
import type { Store } from "./settings.ts";
import { ShardProjector } from "./shard-projector.ts";

export type OpenStore = Pick<Store, "redis" | "namespace">;

const pageSize = 500; // entries of the feed
const politeMs = 1_000; // how long a projector elsewhere may take before this process folds itself
const lookMs = 10;

/** Folds every feed to where it ends now; leaves the work to a projector that is there. */
export async function catchUp(store: OpenStore, set: ProjectionSet = currentSet): Promise<void> {
  const { redis, namespace } = store;
  const heads = await Promise.all(
    shardsOf(store).map(async (shard) => (await readFeedHead(redis, namespace, shard)).count),
  );
  const until = Date.now() + politeMs;
  const isThere = async (): Promise<boolean> =>
    (await redis.exists(systemKeys(namespace.name).projector)) === 1;
  while (Date.now() < until && (await isThere())) {
    if (await isFolded(store, heads, set)) return;
    await sleep(lookMs);
  }
  for (const shard of shardsOf(store)) {
    const projector = new ShardProjector({ redis, namespace, shard, set });
    while ((await projector.advance()) !== null);
  }
}

async function isFolded(store: OpenStore, heads: readonly number[], set: ProjectionSet): Promise<boolean> {
  const { redis, namespace } = store;
  const done = await Promise.all(
    heads.map(async (head, shard) => {
      const { live } = await readBuilds(redis, namespace, shard, set.signature);
      return live !== null && (await readMark(redis, { namespace, shard, build: live })).count >= head;
    }),
  );
  return done.every(Boolean);
}

/** Up to which position the documents hold a run; 0 = nothing of it. */
export async function foldedPosition(
  { redis, namespace }: OpenStore,
  run: string,
  set: ProjectionSet = currentSet,
): Promise<number> {
  const shard = shardOf(run, namespace.shards);
  const { live } = await readBuilds(redis, namespace, shard, set.signature);
  if (live === null) return 0;
  const [bytes] = await readRunDocuments(redis, { namespace, shard, build: live }, [run]);
  return bytes === null || bytes === undefined ? 0 : unpackDocument(bytes, newSummary(run)).position;
}

/**
 * Waits until the documents hold event `position` of a run, so that a query sees what a command did. Folds the run by
 * itself when nobody else does within a moment. @returns false when it did not come to that in time
 */
export async function whenProcessed(
  store: OpenStore,
  {
    run,
    position,
    timeoutMs,
  }: { readonly run: string; readonly position: number; readonly timeoutMs: number },
  set: ProjectionSet = currentSet,
): Promise<boolean> {
  const { redis, namespace } = store;
  const startedAt = Date.now();
  const ownFromMs = Math.min(politeMs, timeoutMs) / 4;
  for (;;) {
    if ((await foldedPosition(store, run, set)) >= position) return true;
    const waitedMs = Date.now() - startedAt;
    if (waitedMs >= timeoutMs) return false;
    if (waitedMs >= ownFromMs) {
      const shard = shardOf(run, namespace.shards);
      await new ShardProjector({ redis, namespace, shard, set }).foldRun(run);
    }
    await sleep(lookMs);
  }
}

export interface Progress {
  readonly runs: number; // folded so far
  readonly total: number; // runs there were at the beginning
}

export type OnProgress = (progress: Progress) => void;

/**
 * Folds all runs again from their streams, beside the documents in use, and changes over when that has caught up.
 * @throws EngineError COMMAND_REFUSED when somebody else begins the same meanwhile
 */
export async function rebuildProjections(
  store: OpenStore,
  { onProgress, set = currentSet }: { readonly onProgress: OnProgress; readonly set?: ProjectionSet },
): Promise<{ readonly runs: number }> {
  const { redis, namespace } = store;
  const total = await countRuns(store);
  let runs = 0;
  const builds: ShardFold[] = [];
  for (const shard of shardsOf(store)) {
    const { next } = await readBuilds(redis, namespace, shard, set.signature);
    if (next !== null) await abandonBuild(redis, { namespace, shard, build: next }, set.signature);
    const build = await beginBuild(redis, { namespace, shard, build: newId() }, set.signature);
    const place = { namespace, shard, build };
    const fold = new ShardFold({ redis, place, projections: set.projections, newId, now: () => Date.now() });
    await fold.foldAll((count) => {
      runs += count;
      onProgress({ runs: Math.min(runs, total), total });
    });
    builds.push(fold);
  }
  for (const fold of builds) {
    await toTheEnd(fold);
    await switchTo(redis, fold.place, set.signature);
    await toTheEnd(fold); // what a projector put into the old build meanwhile: it will not look at that again
  }
  return { runs };
}

async function toTheEnd(fold: ShardFold): Promise<void> {
  for (;;) {
    const { entries, isGap } = await fold.follow(pageSize);
    if (isGap) await fold.foldAll(() => undefined);
    else if (entries < pageSize) return;
  }
}

/** Runs that there are. */
export async function countRuns(store: OpenStore): Promise<number> {
  const { redis, namespace } = store;
  const counts = await Promise.all(
    shardsOf(store).map(async (shard) => redis.zcard(shardKeys(namespace, shard).runs)),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Tries again what was set aside. @returns the runs that are folded now */
export async function retryAside(
  store: OpenStore,
  set: ProjectionSet = currentSet,
): Promise<readonly string[]> {
  const { redis, namespace } = store;
  const lists = await Promise.all(
    shardsOf(store).map(async (shard) => new ShardProjector({ redis, namespace, shard, set }).retryAside()),
  );
  return lists.flat();
}
