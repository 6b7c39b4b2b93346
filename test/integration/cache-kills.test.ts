import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { CliScene, fixture } from "../support/cli.ts";
import { startHoldProxy } from "../support/hold-proxy.ts";
import { allowedMs } from "../support/wait-until.ts";

let scene: CliScene;
beforeEach(() => {
  scene = new CliScene(inject("redisUrl"));
});
afterEach(async () => scene.end());

const file = fixture("shared.ts");
const given = (gate: string | null = null): string => JSON.stringify({ effects: scene.effectsFile, gate });
const whatOf = (): string[] => scene.effects().map(({ what }) => what);

test("a process killed between a completion and its cache entry costs a miss, and no run its result", async () => {
  const proxy = await startHoldProxy(Number(new URL(inject("redisUrl")).port), "PXAT");
  const first = scene.script(file, ["shared", given()], { MILLRACE_REDIS_URL: proxy.url });
  await proxy.held;
  await first.end("SIGKILL");
  await proxy.close();
  const [run] = await scene.json(["runs", "ls", "--json"]);
  const events = await scene.json(["events", run.id, "--json"]);
  expect(events.map(({ type }) => type)).toContain("TaskCompleted");
  expect(whatOf()).toEqual(["share"]);

  const resumed = await scene.run(["resume", run.id, file]); // it may have ended before it was killed
  expect(resumed.err + resumed.out).not.toContain("Error");
  expect(whatOf()).toEqual(["share"]);
  const second = await scene.script(file, ["shared", given()]).ended;
  const third = await scene.script(file, ["shared", given()]).ended;

  expect([second.out, third.out]).toEqual(["[2]\n", "[2]\n"]);
  expect(whatOf()).toEqual(["share", "share"]);
  expect(third.err).toContain("Finished in state Cached(type=COMPLETED)");
  const [cached] = await scene.json(["runs", "ls", "--json"]);
  const [view] = await scene.json(["runs", "get", cached.id, "--json"]);
  expect(view.tasks).toMatchObject([{ key: "share#1", state: "Cached", attempts: 0 }]);
});

test("whoever waits for a result takes the place of its maker when that is killed", async () => {
  const makers = [scene.script(file, ["only_one", given(scene.gate)])];
  await scene.untilEffects((effects) => effects.length === 1);
  makers.push(scene.script(file, ["only_one", given(scene.gate)]));
  await makers[1]?.until(/Beginning flow run/);
  const killedAt = performance.now();
  await makers[0]?.end("SIGKILL");

  await scene.untilEffects((effects) => effects.length === 2);
  const waitedMs = performance.now() - killedAt;
  scene.openGate();
  const ended = await makers[1]?.ended;

  expect(ended?.out).toBe("[2]\n");
  expect(whatOf()).toEqual(["alone", "alone"]);
  expect(waitedMs).toBeLessThan(allowedMs(10_000)); // a lease is 5 s
});
