import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import type { Projection } from "../../src/projections/define.ts";
import { readFeedHead } from "../../src/redis/feed.ts";
import { ShardFold } from "../../src/redis/fold-shard.ts";
import { shardKeys } from "../../src/redis/keys.ts";
import { type BuildPlace, readMark } from "../../src/redis/view-store.ts";
import { newId } from "../../src/workers/ids.ts";
import { toSet } from "../../src/workers/projection-set.ts";
import { catchUp } from "../../src/workers/projections.ts";
import { ShardProjector } from "../../src/workers/shard-projector.ts";
import { verifyProjections } from "../../src/workers/verify-projections.ts";
import {
  openProjectionScene,
  type ProjectionScene,
  silent,
  type Tally,
  tally,
  tallySet,
} from "../support/projection-scene.ts";

const shard = 0; // of two
const pageSize = 300; // entries of the feed in one reply

let scene: ProjectionScene;
beforeEach(async () => {
  scene = await openProjectionScene(inject("redisUrl"));
  await catchUp(scene.opened, tallySet);
});
afterEach(async () => scene.close());

describe("a step of the folding", () => {
  test("takes several pages of the feed and stores their documents once", async () => {
    const entries = await fillFeed(12);
    const place = await livePlace();
    const { seq } = await readMark(scene.opened.redis, place);

    const step = await projectorOf(tally).advance();

    expect(entries).toBeGreaterThan(pageSize);
    expect(step).toMatchObject({ entries, answer: "stored", isMore: false });
    expect(await readMark(scene.opened.redis, place)).toMatchObject({ seq: seq + 1, count: entries });
    await catchUp(scene.opened, tallySet);
    expect(await verifyProjections(scene.opened, silent)).toBeNull();
  });

  test("that is full says that there is more, and the next one goes on behind it", async () => {
    const entries = await fillFeed(13);
    const { redis } = scene.opened;
    const place = await livePlace();
    const now = (): number => 0;
    const fold = new ShardFold({ redis, place, projections: tallySet.projections, newId, now });

    expect(await fold.follow(1)).toMatchObject({ entries: pageSize, isMore: true });
    expect(await fold.follow(entries)).toMatchObject({ entries: entries - pageSize, isMore: false });
  });

  test("keeps what it has when the feed is cut meanwhile; the streams have the rest", async () => {
    const entries = await fillFeed(14);
    const projector = projectorOf({ ...tally, apply: cuttingTheFeed() });

    expect(await projector.advance()).toMatchObject({ entries: pageSize, answer: "stored", isGap: false });
    expect(await projector.advance()).toMatchObject({ isGap: true });
    expect(await projector.advance()).toBeNull();
    expect((await readMark(scene.opened.redis, await livePlace())).count).toBe(entries);
    await catchUp(scene.opened, tallySet);
    expect(await verifyProjections(scene.opened, silent)).toBeNull();
  });
});

/** More than a page of commits, and not so many that a page ends with the feed. @returns how many there are */
async function fillFeed(seed: number): Promise<number> {
  const { redis, namespace } = scene.opened;
  let count = 0;
  for (let more = 0; count <= pageSize || count % pageSize === 0; more += 1) {
    await scene.writeRuns(seed + 100 * more, more === 0 ? 100 : 5);
    ({ count } = await readFeedHead(redis, namespace, shard));
  }
  return count;
}

async function livePlace(): Promise<BuildPlace> {
  return { namespace: scene.opened.namespace, shard, build: await scene.liveBuild(shard) };
}

function projectorOf(projection: Projection<Tally>): ShardProjector {
  const { redis, namespace } = scene.opened;
  const set = { ...toSet([projection]), signature: tallySet.signature };
  return new ShardProjector({ redis, namespace, shard, set });
}

/** At the first event; the command goes out before that for the next page. */
function cuttingTheFeed(): Projection<Tally>["apply"] {
  const { redis, namespace } = scene.opened;
  let cut: Promise<number> | null = null;
  return (doc, change) => {
    tally.apply(doc, change);
    cut ??= redis.xtrim(shardKeys(namespace, shard).feed, "MAXLEN", 0);
  };
}
