import { groupBy } from "../../src/base/group-by.ts";
import { shardOf } from "../../src/base/ids.ts";
import { packDocument } from "../../src/projections/document.ts";
import { indexesOf } from "../../src/projections/run-indexes.ts";
import type { RunSummary } from "../../src/projections/run-summary.ts";
import { shardKeys } from "../../src/redis/keys.ts";
import type { ViewPlace } from "../../src/redis/live-view.ts";
import { beginBuild, readBuilds, switchTo } from "../../src/redis/view-builds.ts";
import { readMark, storeView } from "../../src/redis/view-store.ts";

/** The summaries that a view was filled with, to compare with. */
export type Filled = Map<string, RunSummary>;

/** Makes the builds of a view, empty, and uses them. */
export async function openBuilds({ redis, namespace, signature }: ViewPlace): Promise<void> {
  for (let shard = 0; shard < namespace.shards; shard += 1) {
    const build = await beginBuild(redis, { namespace, shard, build: `build-${shard}` }, signature);
    await switchTo(redis, { namespace, shard, build }, signature);
  }
}

/** Stores summaries as a projector would, new ones and changed ones, and notes them in `filled`. */
export async function fillView(
  { redis, namespace, signature }: ViewPlace,
  filled: Filled | null, // null = they are all new, and nobody compares
  summaries: readonly RunSummary[],
  part: "all" | "runs" | "view" = "all", // the log's list of runs, or what the projector makes
): Promise<void> {
  const byShard = groupBy(summaries, ({ run }) => shardOf(run, namespace.shards));
  await Promise.all(
    [...byShard].map(async ([shard, list]) => {
      const created = list.flatMap(({ run, createdAt }) => [createdAt, run]);
      if (part !== "view") await redis.zadd(shardKeys(namespace, shard).runs, ...created);
      if (part === "runs") return;
      const { live } = await readBuilds(redis, namespace, shard, signature);
      const place = { namespace, shard, build: live! };
      const { seq } = await readMark(redis, place);
      const runs = list.map((summary) => toChange(filled?.get(summary.run), summary));
      const changes = { runs, documents: [] };
      const batch = { seq, batch: `${seq}`, mark: null, changes, aside: [], healed: [] };
      const { answer } = await storeView(redis, place, batch);
      if (answer !== "stored") throw new Error(`the view was not filled: ${answer}`);
    }),
  );
  if (filled !== null) for (const summary of summaries) filled.set(summary.run, summary);
}

function toChange(before: RunSummary | undefined, summary: RunSummary) {
  const left = before === undefined ? [] : indexesOf(before);
  const entered = indexesOf(summary);
  return {
    run: summary.run,
    createdAt: summary.createdAt,
    bytes: packDocument(summary),
    leaves: left.filter((index) => !entered.includes(index)),
    enters: entered.filter((index) => !left.includes(index)),
  };
}
