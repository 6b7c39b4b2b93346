import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { encodeValue } from "../../src/events/codec.ts";
import { isType } from "../../src/events/envelope.ts";
import { RunCompleted } from "../../src/events/run-events.ts";
import { flow } from "../../src/index.ts";
import { dropLease, joinRoster } from "../../src/redis/roster.ts";
import { type ClientScene, openClientScene } from "../support/client-scene.ts";
import { created, newRunId } from "../support/log-suite-events.ts";

const later = flow("later", async () => "done");
const owner = { worker: "w1", epoch: 1 };

let scene: ClientScene;
beforeAll(async () => {
  scene = await openClientScene(inject("redisUrl"));
});
afterAll(async () => scene.end());

describe("cancelling", () => {
  test("a run that was not begun ends it at once, with the reason, and without a worker", async () => {
    const client = await scene.connect();
    const run = await client.start(later, undefined, { startAt: Date.now() + 60_000 });

    await run.cancel("changed our mind");
    await run.cancel("once more");

    expect(await scene.types(run.id)).toEqual(["RunCreated", "RunCancelRequested", "RunCancelled"]);
    await expect(run.result()).rejects.toMatchObject({
      code: "RUN_CANCELLED",
      message: expect.stringContaining("changed our mind"),
    });
    expect(await scene.look.roster()).toEqual([]);
  });

  test.each(["keep", "park"] as const)(
    "a begun run (%s) is a fact for its flow, recorded once",
    async (after) => {
      const client = await scene.connect();
      const run = await client.run(await scene.begun(after));

      await run.cancel("enough");
      await run.cancel("enough, I said");

      const requests = (await run.history()).filter((event) => isType(event, "RunCancelRequested"));
      expect(requests.map(({ data }) => data.reason)).toEqual(["enough"]);
      expect((await run.state()).isFinal).toBe(false);
    },
  );

  test("a blocked run ends it, since its code cannot be asked", async () => {
    const client = await scene.connect();
    const run = await client.run(await scene.begun("block"));
    await expect(run.result()).rejects.toMatchObject({ code: "RUN_BLOCKED" });

    await run.cancel("hopeless");

    expect((await scene.types(run.id)).slice(3)).toEqual([
      "RunCancelRequested",
      "RunUnblocked",
      "RunCancelled",
    ]);
    await expect(run.cancel()).resolves.toBeUndefined();
  });

  test("a run that ended otherwise is refused", async () => {
    const client = await scene.connect();
    const run = newRunId();
    const end = RunCompleted.make({ output: encodeValue(1), name: "Completed", message: null });
    await scene.look.log.create({
      run,
      actor: "x",
      events: [created(run), end],
      owner,
      ends: true,
      dueInMs: null,
    });

    await expect((await client.run(run)).cancel()).rejects.toMatchObject({ code: "RUN_CLOSED" });
  });

  test("by a client that dies after the request: a worker ends the run", async () => {
    const client = await scene.connect();
    const run = await client.start("dying", undefined, { delay: "1h" });
    await scene.requestCancel(run.id, "and gone");

    flow("dying", async () => "must not be called");
    const worker = await scene.worker("dying");

    await expect(run.result()).rejects.toMatchObject({ code: "RUN_CANCELLED" });
    expect(await scene.types(run.id)).toEqual(["RunCreated", "RunCancelRequested", "RunCancelled"]);
    await worker.close();
  });

  test("by a client that dies while it holds the run: a sweeper takes the run from it, and a worker ends it", async () => {
    const client = await scene.connect();
    const run = await client.start("held", undefined, { delay: "1h" });
    const { redis, namespace } = scene.look.store;
    const card = {
      id: "dead",
      host: "h",
      pid: 1,
      queues: [],
      flows: [],
      startedAt: 0,
      isLocal: true,
      lanes: {},
      code: {},
    };
    await scene.requestCancel(run.id, "and gone");
    await joinRoster(redis, namespace.name, card);
    await scene.look.log.claim(run.id, "dead", { instead: null });
    await dropLease(redis, namespace.name, "dead");

    flow("held", async () => "must not be called");
    const worker = await scene.worker("held");

    await expect(run.result()).rejects.toMatchObject({ code: "RUN_CANCELLED" });
    expect(await scene.types(run.id)).toEqual([
      "RunCreated",
      "RunCancelRequested",
      "OwnerLost",
      "RunCancelled",
    ]);
    await worker.close();
  });

  test("takes a run that was not begun from an owner that is dead", async () => {
    const client = await scene.connect();
    const run = await client.start("orphan", undefined, { delay: "1h" });
    await scene.look.log.claim(run.id, "dead", { instead: null });

    await run.cancel("orphaned");

    expect((await scene.types(run.id)).slice(1)).toEqual(["RunCancelRequested", "OwnerLost", "RunCancelled"]);
  });
});
