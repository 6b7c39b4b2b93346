import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { shardOf } from "../../src/base/ids.ts";
import { documentsPart, runKey, viewKeys } from "../../src/redis/keys.ts";
import { readBuilds, removeOutdated } from "../../src/redis/view-builds.ts";
import { toSet } from "../../src/workers/projection-set.ts";
import { catchUp, rebuildProjections, whenProcessed } from "../../src/workers/projections.ts";
import { verifyProjections } from "../../src/workers/verify-projections.ts";
import {
  openProjectionScene,
  type ProjectionScene,
  silent,
  tally,
  tallySet,
} from "../support/projection-scene.ts";

let scene: ProjectionScene;
beforeEach(async () => {
  scene = await openProjectionScene(inject("redisUrl"));
});
afterEach(async () => scene.close());

describe("documents", () => {
  test("can be waited for by whoever recorded something", async () => {
    scene.project();
    await scene.untilFolded();
    const [run = ""] = await scene.writeRuns(8, 1);
    const position = await scene.opened.redis.xlen(runKey(scene.opened.namespace, run));

    expect(await whenProcessed(scene.opened, { run, position, timeoutMs: 5_000 }, tallySet)).toBe(true);
    expect(await whenProcessed(scene.opened, { run, position: position + 1, timeoutMs: 60 }, tallySet)).toBe(
      false,
    );
  });

  test("can be waited for although nobody projects", async () => {
    await catchUp(scene.opened, tallySet);
    const [run = ""] = await scene.writeRuns(9, 1);

    expect(await whenProcessed(scene.opened, { run, position: 1, timeoutMs: 5_000 }, tallySet)).toBe(true);
  });

  test("are the same bytes after a rebuild beside live traffic", async () => {
    scene.project();
    await scene.writeRuns(10, 40);
    const traffic = scene.writeRuns(11, 150);
    const seen: number[] = [];
    await rebuildProjections(scene.opened, { set: tallySet, onProgress: ({ runs }) => seen.push(runs) });
    await traffic;
    await scene.untilFolded();

    expect(Math.max(...seen)).toBeGreaterThanOrEqual(40);
    expect(await verifyProjections(scene.opened, silent)).toBeNull();
    const before = await scene.allDocuments();
    await rebuildProjections(scene.opened, silent);
    expect(await scene.allDocuments()).toEqual(before);
    expect(await scene.buildCount()).toBe(2); // one build a shard; the old ones are gone
  });

  test("of another release stay while it follows, and are removed when it has stopped", async () => {
    const other = toSet([{ ...tally, version: 2 }]);
    const [run = ""] = await scene.writeRuns(13, 5);
    await catchUp(scene.opened, tallySet);
    await catchUp(scene.opened, other);
    expect(await scene.buildCount()).toBe(4);
    const { redis, namespace } = scene.opened;
    const shard = shardOf(run, namespace.shards);
    const place = { namespace, shard, signature: tallySet.signature };

    expect(await removeOutdated(redis, place, Date.now() - 60_000)).toBe(0);
    expect(await removeOutdated(redis, place, Date.now() + 60_000)).toBe(1);

    expect(await scene.buildCount()).toBe(3);
    expect((await readBuilds(redis, namespace, shard, tallySet.signature)).live).not.toBeNull();
    await catchUp(scene.opened, other); // if it comes back, it begins anew
    expect(await scene.buildCount()).toBe(4);
    expect(await verifyProjections(scene.opened, { ...silent, set: other })).toBeNull();
  });

  test("that are wrong are found by name", async () => {
    await scene.writeRuns(12, 20);
    await catchUp(scene.opened, tallySet);
    const { redis, namespace } = scene.opened;
    const [first = ""] = await scene.allDocuments();
    const shard = Number(first.split(" ")[0]);
    const key = viewKeys(namespace, shard, await scene.liveBuild(shard)).part(documentsPart("tally"));
    const [id = "", other = ""] = (await redis.hkeys(key)).toSorted();
    await redis.hset(key, id, (await redis.hgetBuffer(key, other)) ?? "");

    const difference = await verifyProjections(scene.opened, silent);

    expect(difference).toMatchObject({ shard, projection: "tally", id });
    expect(difference?.stored).not.toEqual(difference?.expected);
  });
});
