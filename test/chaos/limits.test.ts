import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listLimits } from "../../src/redis/limits.ts";
import type { Effect } from "../support/chaos-effects.ts";
import { type ChaosScene, openScene, until } from "../support/chaos-scene.ts";
import { startChild, untilSaid } from "../support/chaos-workers.ts";
import { expectPrompt } from "../support/prompt.ts";
import { allowedMs } from "../support/wait-until.ts";

let scene: ChaosScene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(async () => scene.end());

const slots = 3;

interface Step {
  readonly at: number;
  readonly change: 1 | -1;
}

/** How many ran at the same time at most; what a killed process was at ended with it. */
function mostAtOnce(effects: readonly Effect[], deaths: ReadonlyMap<number, number>): number {
  const steps: Step[] = [];
  for (const start of effects.filter(({ phase }) => phase === "start")) {
    const end = effects.find(
      ({ phase, run, key, attempt, pid }) =>
        phase === "end" &&
        run === start.run &&
        key === start.key &&
        attempt === start.attempt &&
        pid === start.pid,
    );
    steps.push({ at: start.at, change: 1 });
    steps.push({ at: end?.at ?? deaths.get(start.pid) ?? Number.POSITIVE_INFINITY, change: -1 });
  }
  steps.sort((a, b) => a.at - b.at || a.change - b.change);
  let now = 0;
  let most = 0;
  for (const { change } of steps) {
    now += change;
    most = Math.max(most, now);
  }
  return most;
}

/** The process that began a task last and has not ended it; undefined = none. */
function atWork(effects: readonly Effect[]): number | undefined {
  const ended = new Set(effects.flatMap((effect) => (effect.phase === "end" ? [idOf(effect)] : [])));
  return effects.findLast((effect) => effect.phase === "start" && !ended.has(idOf(effect)))?.pid;
}

function idOf({ run, key, attempt, pid }: Effect): string {
  return `${run} ${key} ${attempt} ${pid}`;
}

describe("a limit of three slots", () => {
  test("is kept by three workers that are killed all the time, and all of 300 tasks are done", async () => {
    const workers = await Promise.all([scene.worker(), scene.worker(), scene.worker()]);
    const deaths = new Map<number, number>();
    const input = { count: 75, ms: 60 };
    const runs = await scene.startMany(
      "chaos_limited",
      [true, false, true, false].map((isQueued) => ({ ...input, isQueued })),
    );

    for (let round = 0; round < 5; round += 1) {
      await scene.untilMoreEffects(25, allowedMs(60_000));
      const busy = atWork(scene.effects());
      const place = Math.max(
        0,
        workers.findIndex(({ pid }) => pid === busy),
      );
      const victim = workers[place]!;
      deaths.set(victim.pid, Date.now());
      await victim.kill();
      workers[place] = await scene.worker();
    }
    await scene.untilAllEnded(allowedMs(120_000));

    const effects = scene.effects();
    const done = new Set(
      effects.flatMap(({ run, key, phase }) => (phase === "end" ? [`${run} ${key}`] : [])),
    );
    expect(done.size).toBe(300);
    expect(mostAtOnce(effects, deaths)).toBe(slots); // never more, and all of them were used
    expect(effects.filter(({ phase }) => phase === "start").length).toBeGreaterThan(300); // some were killed in the middle
    for (const run of runs) expect((await scene.events(run)).at(-1)?.type).toBe("RunCompleted");
    const { redis, namespace } = scene.client.store;
    await until(allowedMs(20_000), async () => {
      expect(await listLimits(redis, namespace.name)).toEqual([]); // who died behind a result is buried after its lease
    });
    scene.report({ starts: effects.length / 2, deaths: deaths.size });
  });

  test("is not kept from others by a worker that stands still, and told to it when it goes on", async () => {
    const stopped = await scene.worker();
    const others = scene.workers.filter(
      ({ pid, process }) => pid !== stopped.pid && process.exitCode === null,
    );
    await Promise.all(others.map(async (worker) => worker.kill()));
    const before = scene.effects().length;
    await scene.start("chaos_limited", { count: 6, ms: 300, isQueued: true });
    await scene.untilMoreEffects(1, allowedMs(60_000));

    stopped.signal("SIGSTOP");
    await scene.worker();
    await scene.untilAllEnded(allowedMs(90_000));
    stopped.signal("SIGCONT");
    const run = await scene.start("chaos_limited", { count: 6, ms: 20, isQueued: true });
    await scene.untilAllEnded(allowedMs(60_000));

    expect((await scene.events(run)).at(-1)?.type).toBe("RunCompleted");
    const fresh = scene.effects().slice(before);
    const ofOthers = fresh.filter(({ pid }) => pid !== stopped.pid);
    expect(mostAtOnce(ofOthers, new Map())).toBeLessThanOrEqual(slots);
  });
});

describe("a plain program that holds a slot", () => {
  test("frees it by being killed, and another program begins; an ended one leaves nothing behind", async () => {
    await expectPrompt({ freedMs: 10_000 }, async () => {
      const holder = startChild("holder", ["stay"], scene.env);
      await untilSaid(holder, "holds");
      const next = startChild("holder", [], scene.env);
      const { redis, namespace } = scene.client.store;
      await until(allowedMs(30_000), async () => {
        expect(await listLimits(redis, namespace.name)).toMatchObject([{ held: 1, waiting: 1 }]);
      });
      expect(next.lines).toEqual([]);

      const killedAt = Date.now();
      await holder.kill();
      await untilSaid(next, "holds");
      const freedMs = Date.now() - killedAt;
      await next.ended;

      expect(next.process.exitCode).toBe(0);
      expect(await listLimits(redis, namespace.name)).toEqual([]);
      return { freedMs };
    });
  });
});
