import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { CliScene, type Ended, fixture } from "../support/cli.ts";

const sagas = fixture("sagas.ts");
const inDocuments = { timeout: 120_000 };

let scene: CliScene;
beforeEach(() => {
  scene = new CliScene(inject("redisUrl"));
});
afterEach(async () => scene.end());

const done = ["seat", "money", "parcel"];
const undone = ["undo parcel", "undo money", "undo seat"];

interface Story {
  readonly name: string;
  readonly died: number;
  readonly resumed: Ended;
  readonly effects: readonly string[];
}

/** A script that dies where it is told to, and is continued by another process. */
async function dieAndResume(flow: string, dieAt: string): Promise<Story> {
  const own = new CliScene(inject("redisUrl"));
  try {
    const env = { EFFECTS: own.effectsFile };
    const died = await own.script(sagas, [flow], { ...env, DIE_AT: dieAt }).ended;
    const [, name = ""] = /Beginning flow run '([\w-]+)'/.exec(died.err) ?? [];
    const resumed = await own.run(["resume", name], env);
    return { name, died: died.code, resumed, effects: own.effects().map(({ what }) => what) };
  } finally {
    await own.end();
  }
}

describe("a saga", inDocuments, () => {
  test.concurrent.each(["fail", ...undone].flatMap((what) => [`before ${what}`, `after ${what}`]))(
    "that is killed with -9 %s is undone whole, in reverse order, and its run fails",
    async (dieAt) => {
      const { died, resumed, effects } = await dieAndResume("saga", dieAt);

      expect(died).toBe(137);
      expect(resumed.code).toBe(1);
      expect(resumed.err).toContain("RangeError: sold out");
      const [, killedIn = ""] = /^after (.*)$/.exec(dieAt) ?? [];
      const isTwice = (what: string): boolean => what === killedIn; // its effect was there, and its record was not
      expect(effects).toEqual(
        [...done, "fail", ...undone].flatMap((what) => (isTwice(what) ? [what, what] : [what])),
      );
    },
  );

  test("shows what was undone, and has a rollback for each task, in the log", async () => {
    const script = await scene.script(sagas, ["saga"], { EFFECTS: scene.effectsFile }).ended;
    const [, name = ""] = /Beginning flow run '([\w-]+)'/.exec(script.err) ?? [];

    const [{ tasks }] = await scene.json(["history", name, "--json"]);

    expect(tasks.map(({ key, state }: { key: string; state: string }) => [key, state])).toEqual([
      ["transaction#1/step#1", "RolledBack"],
      ["transaction#1/transaction#1/money#1/step#1", "RolledBack"],
      ["transaction#1/transaction#1/ship#1", "RolledBack"],
      ["transaction#1/fail#1", "Failed"],
      ["transaction#1/transaction#1/ship.rollback#1", "Completed"],
      ["transaction#1/transaction#1/money#1/step.rollback#1", "Completed"],
      ["transaction#1/step.rollback#1", "Completed"],
    ]);
  });

  test("that is cancelled in the middle is undone, and its run is cancelled", async () => {
    const script = scene.script(sagas, ["held"], { EFFECTS: scene.effectsFile });
    await script.until(/Sleeping for/);

    const { code, err } = await script.end("SIGINT");

    expect(scene.effects().map(({ what }) => what)).toEqual(["seat", "money", "undo money", "undo seat"]);
    expect(err).toContain("Finished in state Cancelled");
    expect(code).toBe(130);
  });

  test("that is killed with -9 while a cancellation is undoing it, is undone by the next process", async () => {
    const env = { EFFECTS: scene.effectsFile };
    const script = scene.script(sagas, ["held"], { ...env, DIE_AT: "after undo money" });
    const name = await script.until(/Beginning flow run '([\w-]+)'/);
    await script.until(/Sleeping for/);
    await script.end("SIGINT");

    const resumed = await scene.run(["resume", name], env);

    const effects = scene.effects().map(({ what }) => what);
    expect(effects).toEqual(["seat", "money", "undo money", "undo money", "undo seat"]);
    expect(resumed.err).toContain("Finished in state Cancelled");
  });

  test("that runs out of time is undone", async () => {
    const { code, err } = await scene.script(sagas, ["hurried"], { EFFECTS: scene.effectsFile }).ended;

    expect(scene.effects().map(({ what }) => what)).toEqual(["seat", "undo seat"]);
    expect(err).toContain("TimedOut");
    expect(code).toBe(1);
  });

  test("does again what was undone when its flow is tried again, and keeps the rest", async () => {
    const { code } = await scene.script(sagas, ["stubborn"], { EFFECTS: scene.effectsFile }).ended;

    expect(scene.effects().map(({ what }) => what)).toEqual(["prepare", "seat", "undo seat", "seat"]);
    expect(code).toBe(0);
  });
});
