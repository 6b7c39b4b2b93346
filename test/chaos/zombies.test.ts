import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import { readRoster } from "../../src/redis/roster.ts";
import { checkScene } from "../support/chaos-check.ts";
import { programInputs } from "../support/chaos-programs.ts";
import { type ChaosScene, openScene, until } from "../support/chaos-scene.ts";
import type { ChaosWorker } from "../support/chaos-workers.ts";

let scene: ChaosScene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(async () => scene.end());

async function untilLost(run: string, worker: ChaosWorker): Promise<void> {
  await until(40_000, async () => {
    const events = await scene.events(run);
    const isLost = events.some((event) => event.type === "OwnerLost" && event.data.worker === worker.id);
    if (!isLost) throw new Error(`${worker.id} still owns ${run}.`);
  });
}

async function ownersOf(runs: readonly string[]): Promise<readonly string[]> {
  return Promise.all(runs.map(async (run) => scene.ownerOf(run)));
}

/** The one that owns more of the runs, and the other. */
async function byRuns(
  [one, two]: readonly [ChaosWorker, ChaosWorker],
  runs: readonly string[],
): Promise<readonly [ChaosWorker, ChaosWorker]> {
  const owners = await ownersOf(runs);
  const count = ({ id }: ChaosWorker): number => owners.filter((owner) => owner === id).length;
  return count(one) >= count(two) ? [one, two] : [two, one];
}

async function untilOnRoster(worker: ChaosWorker): Promise<void> {
  const { redis, namespace } = scene.client.store;
  await until(30_000, async () => {
    const roster = await readRoster(redis, namespace.name);
    const isBack = roster.some(({ id, isAlive }) => id === worker.id && isAlive);
    if (!isBack) throw new Error("The zombie has not come back.");
  });
}

describe("a worker that is paused until others took its runs", () => {
  test("changes nothing when it goes on, and works again", async () => {
    const workers = await Promise.all([scene.worker(), scene.worker()]);
    const all = await scene.startMany(
      "chaos_steps",
      Array.from({ length: 40 }, () => ({ steps: 60, ms: 100 })),
    );
    await scene.startMany("chaos_program", programInputs(2, 30));
    await scene.untilMoreEffects(80);

    const [zombie, other] = await byRuns(workers, all); // who came first may have taken nearly all
    zombie.signal("SIGSTOP");
    const owners = await ownersOf(all);
    const steps = all.filter((_, index) => owners[index] === zombie.id);
    await Promise.all(steps.map(async (run) => untilLost(run, zombie)));
    zombie.signal("SIGCONT");
    await scene.untilAllEnded(60_000);

    await untilOnRoster(zombie);
    for (const run of steps) {
      const events = await scene.events(run);
      const lost = events.findIndex((event) => event.type === "OwnerLost" && event.data.worker === zombie.id);
      const { epoch } = (events[lost] as RecordedEvent<"OwnerLost">).data;
      const late = events
        .slice(lost)
        .filter((event) => event.type === "TurnTaken" && event.data.epoch <= epoch);
      expect(late).toEqual([]);
    }
    await other.stop();
    await scene.startMany("chaos_steps", [
      { steps: 3, ms: 1 },
      { steps: 4, ms: 1 },
    ]);
    await scene.startMany("chaos_map", [{ count: 5, ms: 1 }]);
    await scene.untilAllEnded(60_000);
    const findings = await checkScene(scene, { mayBeLate: ({ pid }) => pid === zombie.pid });
    expect(steps.length).toBeGreaterThan(5);
    expect(findings.ownersLost).toBeGreaterThanOrEqual(steps.length);
  });
});
