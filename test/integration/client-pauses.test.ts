import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { EngineError } from "../../src/base/errors.ts";
import { flow, signal, sleep, task } from "../../src/index.ts";
import { type ClientScene, openClientScene } from "../support/client-scene.ts";
import { Gate } from "../support/gate.ts";
import { waitUntil } from "../support/wait-until.ts";

const patience = { timeoutMs: 10_000 };

let scene: ClientScene;
beforeAll(async () => {
  scene = await openClientScene(inject("redisUrl"));
});
afterAll(async () => scene.end());

/** Another run of the same worker begins and ends: whatever was hinted before has been looked at. */
async function anotherRun(name: string): Promise<void> {
  const client = await scene.connect();
  await (await client.start(name, { quick: true })).result();
}

async function untilParked(run: string): Promise<void> {
  await waitUntil(async () => {
    const { open } = await scene.look.find(run);
    expect(open?.owner).toBe(null);
  }, patience);
}

describe("pausing", () => {
  test("lets the task at work end, begins nothing new, and goes on when it is resumed", async () => {
    const atWork = new Gate();
    const begun: string[] = [];
    const step = task("pausable_step", async (name: string) => {
      begun.push(name);
      if (name === "a") await atWork.pass();
      return name;
    });
    flow("pausable", async () => [await step("a"), await step("b")]);
    await scene.worker("pausable");
    const client = await scene.connect();
    const run = await client.start("pausable");
    await atWork.somebody();

    await run.pause("look first");
    await run.pause("twice is once");
    atWork.open();

    await untilParked(run.id);
    expect(begun).toEqual(["a"]);
    const types = await scene.types(run.id);
    expect(types.filter((type) => type === "RunPaused")).toHaveLength(1);
    expect(types).toContain("TaskCompleted");

    await run.resume();

    await expect(run.result()).resolves.toEqual(["a", "b"]);
    expect(begun).toEqual(["a", "b"]);
    await expect(run.resume()).rejects.toMatchObject({ code: "COMMAND_REFUSED" });
    await expect(run.pause()).rejects.toMatchObject({ code: "RUN_CLOSED" });
  });

  test("keeps signals and timers that come meanwhile for later", async () => {
    const go = signal("go");
    flow("pausable_waits", async ({ quick }: { quick: boolean }) => {
      if (quick) return "quick";
      await go.receive();
      await sleep(1);
      return "went";
    });
    await scene.worker("pausable_waits");
    const client = await scene.connect();
    const run = await client.start("pausable_waits", { quick: false });
    await waitUntil(async () => expect(await scene.types(run.id)).toContain("SignalAwaited"), patience);
    await run.pause();
    await untilParked(run.id);

    await run.send("go");
    await anotherRun("pausable_waits");

    await untilParked(run.id);
    const types = await scene.types(run.id);
    expect(types.slice(types.indexOf("RunPaused"))).toEqual(["RunPaused", "SignalReceived"]);
    await run.resume("enough");
    await expect(run.result()).resolves.toBe("went");
  });

  test("holds back a run that was not begun", async () => {
    let calls = 0;
    flow("pausable_early", async ({ quick }: { quick: boolean }) => {
      calls += quick ? 0 : 1;
      return "done";
    });
    const client = await scene.connect();
    const run = await client.start("pausable_early", { quick: false });
    await run.pause();

    await scene.worker("pausable_early");
    await anotherRun("pausable_early");

    await untilParked(run.id);
    expect(calls).toBe(0);
    await run.resume();
    await expect(run.result()).resolves.toBe("done");
  });

  test("gives way to a request to cancel: the flow cleans up", async () => {
    const clean: string[] = [];
    flow("pausable_cancelled", async () => {
      try {
        await signal("never").receive();
      } catch (error) {
        clean.push(error instanceof EngineError ? error.code : "?");
        throw error;
      }
    });
    await scene.worker("pausable_cancelled");
    const client = await scene.connect();
    const run = await client.start("pausable_cancelled");
    await waitUntil(async () => expect(await scene.types(run.id)).toContain("SignalAwaited"), patience);
    await run.pause();
    await untilParked(run.id);

    await run.cancel("not any more");

    await expect(run.result()).rejects.toMatchObject({ code: "RUN_CANCELLED" });
    expect(clean).toEqual(["CALL_CANCELLED"]);
  });

  test("and resuming by many at once is one resumption", async () => {
    flow("pausable_many", async () => signal("never").receive());
    const client = await scene.connect();
    const run = await client.start("pausable_many");
    await run.pause();

    const tries = await Promise.allSettled(Array.from({ length: 5 }, async () => run.resume()));

    expect(tries.filter(({ status }) => status === "fulfilled").length).toBeGreaterThan(0);
    const types = await scene.types(run.id);
    expect(types).toEqual(["RunCreated", "RunPaused", "RunResumed"]);
  });
});
