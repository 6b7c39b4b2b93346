import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkScene } from "../support/chaos-check.ts";
import { type ChaosScene, openScene, until } from "../support/chaos-scene.ts";
import { type Child, startChild, untilSaid } from "../support/chaos-workers.ts";
import { killServer } from "../support/embedded-users.ts";

let scene: ChaosScene;
const children: Child[] = [];
beforeEach(async () => {
  scene = await openScene({ appendfsync: "always" });
});
afterEach(async () => {
  await Promise.all(children.splice(0).map(async (child) => child.kill()));
  await scene.end();
});

const steps = 5;
const expected = 15;

/** Runs the script, which kills itself right after the n-th line of its effects; 0 = it lives. */
function script(dieAfter: number): Child {
  const env = { ...scene.env, CHAOS_DIE_AFTER: String(dieAfter) };
  const child = startChild("script", [JSON.stringify({ steps, ms: 30 })], env);
  children.push(child);
  return child;
}

describe("a script that is killed with -9", () => {
  test("after any of its 10 effects, is continued by a worker without repeating what was recorded", async () => {
    const points = Array.from({ length: 2 * steps }, (_, index) => index + 1);
    for (const pair of [points.slice(0, 4), points.slice(4, 8), points.slice(8)]) {
      await Promise.all(pair.map(async (point) => script(point).ended));
    }
    await scene.worker();

    await scene.untilAllEnded(60_000);

    const findings = await checkScene(scene);
    expect(findings.runs).toBe(points.length);
    for (const key of Array.from({ length: steps }, (_, index) => `add#${index + 1}`)) {
      const starts = scene.effects().filter((effect) => effect.key === key && effect.phase === "start");
      // Killed in the middle of the task, or between its end and its record: those two are done again.
      expect(starts.length).toBe(points.length + 2);
    }
  });

  test("is resumed in another process, which waits until the first one's lease is over", async () => {
    await script(5).ended;
    const [run = ""] = await scene.openRuns();

    const resumed = startChild("resume", [run], scene.env);
    children.push(resumed);

    expect(await untilSaid(resumed, "result")).toBe(expected);
    await scene.worker(); // it takes the dead one off the list
    await until(30_000, async () => checkScene(scene));
  });
});

describe("the embedded server killed under a script", () => {
  test("comes back, and the script ends well", async () => {
    const dir = join(scene.home, ".millrace");
    const { MILLRACE_REDIS_URL: _url, CHAOS_DIRECT_URL: _direct, ...env } = scene.env;
    const local = startChild("script", [JSON.stringify({ steps: 80, ms: 40 })], {
      ...env,
      MILLRACE_DIR: dir,
    });
    children.push(local);
    const socketPath = join(dir, "redis.sock");

    for (const count of [8, 16]) {
      await until(30_000, async () => {
        expect(local.process.exitCode).toBeNull();
        expect(scene.effects().length).toBeGreaterThan(2 * count);
      });
      await killServer(socketPath);
    }

    expect(await untilSaid(local, "result")).toBe(3_240);
    await local.ended;
    expect(local.process.exitCode).toBe(0);
    const starts = scene.effects().filter(({ phase }) => phase === "start");
    expect(starts.length).toBe(80);
  });
});
