import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { CliScene, fixture } from "../support/cli.ts";

const file = fixture("hooked.ts");

let scene: CliScene;
beforeEach(() => {
  scene = new CliScene(inject("redisUrl"));
});
afterEach(async () => scene.end());

const said = (): readonly string[] => scene.effects().map(({ what }) => what);

/** Dead workers are known to be dead at once. */
async function forgetLeases(): Promise<void> {
  const redis = new Redis(inject("redisUrl"));
  const leases = await redis.keys(`mr:{${scene.namespace}:sys}:lease:*`);
  if (leases.length > 0) await redis.del(...leases);
  await redis.quit();
}

describe("hooks of flows and tasks", { timeout: 90_000 }, () => {
  test("hear of each attempt and of the end, once each, and one that throws is only a line", async () => {
    const { code, err } = await scene.script(file, ["hooked"], { EFFECTS: scene.effectsFile }).ended;

    expect(code).toBe(0);
    expect([...said()].sort()).toEqual(
      [
        "hooked of hooked: RUNNING Running -",
        "good good#1 1: RUNNING -",
        "good good#1 1: COMPLETED -",
        "good good#2 1: RUNNING -",
        "good good#2 1: COMPLETED -",
        "bad bad#1 1: RUNNING -",
        "bad bad#1 2: RUNNING -",
        "bad bad#1 2: FAILED bad 2",
        "hooked of hooked: COMPLETED Completed -",
      ].sort(),
    );
    expect(err).toContain("Running hook 'breaks' in response to entering state 'Completed'");
    expect(err).toContain("An error was encountered while running hook 'breaks'");
    expect(err).toContain("Hook 'flowSays' finished running successfully");
    expect(err).toContain("the run is Completed");
  });

  test("hear of each attempt of a flow, and of its failure when none is left", async () => {
    const { code } = await scene.script(file, ["failing"], { EFFECTS: scene.effectsFile }).ended;

    expect(code).toBe(1);
    expect(said().filter((line) => line.startsWith("failing"))).toEqual([
      "failing of failing: RUNNING Running -",
      "failing of failing: RUNNING Running -",
      "failing of failing: FAILED Failed try 2",
    ]);
  });

  test("hear of a cancellation by Ctrl-C, and of one that the flow decided", async () => {
    const script = scene.script(file, ["endless"], { EFFECTS: scene.effectsFile });
    await script.until(/Sleeping for/);
    await script.end("SIGINT");
    await scene.script(file, ["quitting"], { EFFECTS: scene.effectsFile }).ended;

    expect(said().filter((line) => line.includes("CANCELLED"))).toEqual([
      "endless of endless: CANCELLED Cancelled -",
      "quitting of quitting: CANCELLED Enough -",
    ]);
  });

  test("of the end are called by another process when theirs was killed before they had run", async () => {
    const env = { EFFECTS: scene.effectsFile };
    const script = scene.script(file, ["failing"], { ...env, DIE_AT: "Failed" });
    expect((await script.ended).code).toBe(137);
    expect(said().filter((line) => line.includes("FAILED"))).toEqual([]);

    const worker = scene.start(["worker", file], env);
    await worker.until(/is ready/);
    await scene.untilEffects((effects) => effects.some(({ what }) => what.includes("FAILED")));

    const lines = scene.effects().filter(({ what }) => what.includes("FAILED"));
    expect(lines).toEqual([{ what: "failing of failing: FAILED Failed try 2", pid: worker.child.pid }]);
  });

  test("of a crash are called by the process that gives the run up, as those that had it are gone", async () => {
    const env = { EFFECTS: scene.effectsFile };
    const first = await scene.run(["run", "poison", "--file", file], env);
    const [, name = ""] = /Beginning flow run '([\w-]+)'/.exec(first.err) ?? [];
    for (let owners = 1; owners < 5; owners += 1) {
      await forgetLeases();
      expect((await scene.run(["resume", name], env)).code).toBe(137);
    }

    await forgetLeases();
    const last = scene.start(["resume", name], env);
    expect((await last.ended).code).toBe(1);

    const crashed = scene.effects().filter(({ what }) => what.includes("CRASHED"));
    expect(crashed).toEqual([{ what: "poison of poison: CRASHED Crashed -", pid: last.child.pid }]);
  });
});
