import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { shardOf } from "../../src/base/ids.ts";
import type { Projection } from "../../src/projections/define.ts";
import { runKey, shardKeys, systemKeys } from "../../src/redis/keys.ts";
import { readAside } from "../../src/redis/view-store.ts";
import { catchUp, foldedPosition, retryAside } from "../../src/workers/projections.ts";
import { verifyProjections } from "../../src/workers/verify-projections.ts";
import {
  openProjectionScene,
  type ProjectionScene,
  silent,
  type Tally,
  tally,
  tallySet,
} from "../support/projection-scene.ts";

let scene: ProjectionScene;
beforeEach(async () => {
  scene = await openProjectionScene(inject("redisUrl"));
});
afterEach(async () => scene.close());

describe("a projector", () => {
  test("folds what was there and what comes, each event once", async () => {
    await scene.writeRuns(1, 20);
    scene.project();
    await scene.writeRuns(2, 40);
    await scene.untilFolded();

    expect(await verifyProjections(scene.opened, silent)).toBeNull();
    expect((await scene.allDocuments()).length).toBeGreaterThan(3);
  });

  test("and its rival count each event once, too", async () => {
    const rivals = [scene.project(), scene.project(), scene.project()];
    const office = systemKeys(scene.opened.namespace.name).projector;
    const taker = setInterval(() => void scene.opened.redis.del(office), 20); // everybody is elected
    await scene.writeRuns(3, 100);
    await scene.untilFolded().finally(() => clearInterval(taker));

    expect(rivals.length).toBe(3);
    expect(await verifyProjections(scene.opened, silent)).toBeNull();
  });

  test("finds what was cut from the feed in the streams of the runs", async () => {
    const runs = await scene.writeRuns(4, 30);
    const { redis, namespace } = scene.opened;
    await redis.xtrim(shardKeys(namespace, 0).feed, "MAXLEN", 3);
    await redis.xtrim(shardKeys(namespace, 1).feed, "MAXLEN", 0);

    scene.project();
    await scene.untilFolded();

    expect(await verifyProjections(scene.opened, silent)).toBeNull();
    for (const run of runs)
      expect(await foldedPosition(scene.opened, run, tallySet)).toBe(
        await redis.xlen(runKey(namespace, run)),
      );
  });

  test("sets a run aside whose event it cannot read, and folds it once it can", async () => {
    const [poison = ""] = await scene.writeRuns(5, 1);
    const { redis, namespace } = scene.opened;
    const shard = shardOf(poison, namespace.shards);
    const feed = shardKeys(namespace, shard).feed;
    const key = runKey(namespace, poison);
    const entries = await redis.xrangeBuffer(key, "-", "+");
    const good = entries[1]![1][1]!;
    await replaceEntry(key, 1, Buffer.from("no event"));
    await redis.del(feed);
    await scene.writeRuns(6, 5);

    await catchUp(scene.opened, tallySet);
    const build = await scene.liveBuild(shard);
    const aside = await readAside(redis, { namespace, shard, build });
    expect(aside).toMatchObject([{ run: poison, position: 2, code: "EVENT_UNREADABLE" }]);
    expect(await foldedPosition(scene.opened, poison, tallySet)).toBe(1);
    expect(await retryAside(scene.opened, tallySet)).toEqual([]);

    await replaceEntry(key, 1, good);
    expect(await retryAside(scene.opened, tallySet)).toEqual([poison]);
    expect(await foldedPosition(scene.opened, poison, tallySet)).toBe(entries.length);
    expect(await readAside(redis, { namespace, shard, build })).toEqual([]);
    expect(await verifyProjections(scene.opened, silent)).toBeNull();
  });

  test("sets a run aside at which a projection throws, and leaves no half of it behind", async () => {
    const runs = await scene.writeRuns(7, 10);
    const broken = { ...tally, apply: throwingFor(runs[3] ?? "") };
    await catchUp(scene.opened, { ...tallySet, projections: [broken] });

    const positions = await Promise.all(runs.map(async (run) => foldedPosition(scene.opened, run, tallySet)));
    expect(positions.filter((position) => position === 0)).toHaveLength(1);
    expect(await verifyProjections(scene.opened, silent)).toBeNull();
    expect(await retryAside(scene.opened, tallySet)).toEqual([runs[3]]);
    expect(await verifyProjections(scene.opened, silent)).toBeNull();
  });
});

function throwingFor(run: string): Projection<Tally>["apply"] {
  return (doc, change) => {
    tally.apply(doc, change);
    if (change.event.run === run && change.event.type === "TurnTaken") throw new Error("a bug in a fold");
  };
}

/** Puts other bytes in the place of an entry of a stream. */
async function replaceEntry(key: string, index: number, body: Buffer): Promise<void> {
  const { redis } = scene.opened;
  const entries = await redis.xrangeBuffer(key, "-", "+");
  await redis.del(key);
  for (const [at, [id, fields]] of entries.entries())
    await redis.xadd(key, id, ...(at === index ? ["e", body] : fields));
}
