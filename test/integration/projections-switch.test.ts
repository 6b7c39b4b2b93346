import { expect, inject, test, vi } from "vitest";
import { rebuildProjections } from "../../src/workers/projections.ts";
import { ShardProjector } from "../../src/workers/shard-projector.ts";
import { verifyProjections } from "../../src/workers/verify-projections.ts";
import { openProjectionScene, silent, tallySet } from "../support/projection-scene.ts";

const atSwitch = vi.hoisted(() => ({ act: async (): Promise<void> => undefined }));

// In this file something happens between the last look at the feed and the switch to the new build.
vi.mock(import("../../src/redis/view-builds.ts"), async (load) => {
  const original = await load();
  return {
    ...original,
    switchTo: async (...args: Parameters<typeof original.switchTo>) => {
      await atSwitch.act();
      return original.switchTo(...args);
    },
  };
});

test("what a projector folded into the old build right before the switch stands in the new one, too", async ({
  onTestFinished,
}) => {
  const scene = await openProjectionScene(inject("redisUrl"));
  onTestFinished(async () => scene.close());
  const { redis, namespace } = scene.opened;
  const projectors = Array.from(
    { length: namespace.shards },
    (_, shard) => new ShardProjector({ redis, namespace, shard, set: tallySet }),
  );
  const projectAll = async (): Promise<void> => {
    for (const projector of projectors) while ((await projector.advance()) !== null);
  };
  await scene.writeRuns(20, 10);
  await projectAll();
  atSwitch.act = async () => {
    atSwitch.act = async () => undefined;
    await scene.writeRuns(21, 10);
    await projectAll();
  };

  await rebuildProjections(scene.opened, silent);

  await projectAll(); // has nothing to do: there is no newer event
  await scene.untilFolded();
  expect(await verifyProjections(scene.opened, silent)).toBeNull();
});
