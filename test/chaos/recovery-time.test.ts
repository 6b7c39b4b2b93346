import { afterAll, beforeAll, expect, test } from "vitest";
import { checkScene } from "../support/chaos-check.ts";
import { allowedMs, type ChaosScene, openScene, until } from "../support/chaos-scene.ts";
import type { ChaosWorker } from "../support/chaos-workers.ts";

let scene: ChaosScene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(async () => scene.end());

const limitMs = 8_000;

interface Kill {
  readonly worker: ChaosWorker;
  readonly at: number;
  readonly runs: readonly string[]; // that it owned
}

async function kill(worker: ChaosWorker, candidates: readonly string[]): Promise<Kill> {
  const owners = await Promise.all(candidates.map(async (run) => scene.ownerOf(run)));
  await worker.kill();
  return { worker, at: Date.now(), runs: candidates.filter((_, index) => owners[index] === worker.id) };
}

/** From the kill until a task of each of its runs began elsewhere: the slowest one. */
async function recoveryMs({ worker, at, runs }: Kill): Promise<number> {
  return until(40_000, async () => {
    const began = runs.map((run) =>
      scene
        .effects()
        .find(
          (effect) =>
            effect.run === run && effect.phase === "start" && effect.at > at && effect.pid !== worker.pid,
        ),
    );
    const times = began.map((effect) => {
      if (effect === undefined) throw new Error(`A run of ${worker.id} has not gone on.`);
      return effect.at - at;
    });
    return Math.max(...times);
  });
}

test(`the runs of a killed worker go on elsewhere within ${limitMs / 1_000} s, several times`, async () => {
  const times: number[] = [];
  await scene.worker();

  for (const victims of [3, 2]) {
    const workers = await Promise.all(Array.from({ length: victims }, async () => scene.worker()));
    const runs = await scene.startMany(
      "chaos_steps",
      Array.from({ length: 24 }, () => ({ steps: 70, ms: 100 })),
    );
    const kills: Kill[] = [];
    for (const worker of workers) {
      await scene.untilMoreEffects(60);
      kills.push(await kill(worker, runs));
    }
    const owners = kills.filter(({ runs: owned }) => owned.length > 0); // one worker may have taken all
    expect(owners.length).toBeGreaterThan(0);
    times.push(...(await Promise.all(owners.map(recoveryMs))));
  }
  await scene.untilAllEnded(60_000);

  scene.report({ recoveryMs: times, ...(await checkScene(scene)) });
  expect(Math.max(...times)).toBeLessThan(allowedMs(limitMs));
});
