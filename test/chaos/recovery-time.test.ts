import { afterAll, beforeAll, expect, test } from "vitest";
import { checkScene } from "../support/chaos-check.ts";
import { type ChaosScene, openScene, until } from "../support/chaos-scene.ts";
import type { ChaosWorker } from "../support/chaos-workers.ts";
import { expectPrompt } from "../support/prompt.ts";

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

/** A worker that owns runs, all alone. */
async function owner(queue: string): Promise<{ worker: ChaosWorker; runs: readonly string[] }> {
  const worker = await scene.worker({ queues: [queue] });
  const input = { steps: 150, ms: 100 };
  const runs = await Promise.all(
    Array.from({ length: 8 }, async () => scene.start("chaos_steps", input, queue)),
  );
  await Promise.all(runs.map(async (run) => scene.untilEffect(30_000, (effect) => effect.run === run)));
  return { worker, runs };
}

test(`the runs of a killed worker go on elsewhere within ${limitMs / 1_000} s, 5 times`, async () => {
  for (const queues of [
    ["a", "b", "c"],
    ["d", "e"],
  ]) {
    await expectPrompt({ recoveryMs: limitMs }, async () => {
      const owners = await Promise.all(queues.map(owner));
      const heir = await scene.worker({ queues });
      const kills: Kill[] = [];
      for (const { worker, runs } of owners) {
        kills.push(await kill(worker, runs));
        await scene.untilMoreEffects(20);
      }
      expect(kills.map(({ runs }) => runs.length)).not.toContain(0);
      const times = await Promise.all(kills.map(recoveryMs));
      await scene.untilAllEnded(60_000);
      await heir.stop();
      scene.report({ recoveryMs: times });
      return { recoveryMs: Math.max(...times) };
    });
  }

  scene.report(await checkScene(scene));
});
