import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { decodeValue, encodeValue } from "../../src/events/codec.ts";
import { isType } from "../../src/events/envelope.ts";
import { RunCompleted, RunContinued } from "../../src/events/run-events.ts";
import { UpdateAnswered } from "../../src/events/signal-events.ts";
import { TurnTaken } from "../../src/events/turn-events.ts";
import { flow } from "../../src/index.ts";
import { type ClientScene, openClientScene } from "../support/client-scene.ts";
import { created, newRunId } from "../support/log-suite-events.ts";
import { waitUntil } from "../support/wait-until.ts";

const approval = {
  name: "approval",
  schema: z.object({ ok: z.boolean(), by: z.string().default("nobody") }),
};
const later = flow("later", async () => "done");
const owner = { worker: "w1", epoch: 1 };
const turn = TurnTaken.make({
  n: 1,
  epoch: 1,
  elapsedMs: 0,
  codeHash: "c",
  flags: [],
  delivered: [],
  done: false,
});

let scene: ClientScene;
beforeAll(async () => {
  scene = await openClientScene(inject("redisUrl"));
});
afterAll(async () => scene.end());

describe("a signal", () => {
  test("is recorded once for each key, with its payload, and hinted when nobody owns the run", async () => {
    const client = await scene.connect();
    const run = await client.run(await scene.begun("park"));

    await run.send(approval, { ok: true }, { key: "k1" });
    await run.send(approval, { ok: true }, { key: "k1" });
    await run.send("plain", new Map([[1, "one"]]));
    await run.send("plain");

    const signals = (await run.history()).filter((event) => isType(event, "SignalReceived"));
    expect(
      signals.map(({ data }) => [data.name, decodeValue(data.payload as Uint8Array, "payload")]),
    ).toEqual([
      ["approval", { ok: true }],
      ["plain", new Map([[1, "one"]])],
      ["plain", undefined],
    ]);
    expect(signals[0]!.data.id).toBe("k1");
  });

  test("with a payload that its schema refuses is not sent", async () => {
    const client = await scene.connect();
    const run = await client.run(await scene.begun("park"));

    await expect(run.send(approval, { ok: "yes" as unknown as boolean })).rejects.toMatchObject({
      code: "INPUT_INVALID",
      message: expect.stringContaining("ok:"),
    });

    expect(await scene.types(run.id)).not.toContain("SignalReceived");
  });

  test("to a run that has ended is refused, and says how it ended", async () => {
    const client = await scene.connect();
    const run = await client.start(later, undefined, { delay: "1h" });
    await run.cancel("not needed");

    await expect(run.send("late")).rejects.toMatchObject({
      code: "RUN_CLOSED",
      message: expect.stringContaining("has ended: Cancelled (not needed)"),
    });
  });

  test("to a run that goes on as a new one reaches the new one, and so does its result", async () => {
    const { log } = scene.look;
    const [first, second] = [newRunId(), newRunId()];
    const end = (output: unknown): ReturnType<typeof RunCompleted.make> =>
      RunCompleted.make({ output: encodeValue(output), name: "Completed", message: null });
    const client = await scene.connect();
    await log.create({ run: first, actor: "x", events: [created(first)], owner, ends: false, dueInMs: null });
    await log.create({
      run: second,
      actor: "x",
      events: [created(second)],
      owner,
      ends: false,
      dueInMs: null,
    });
    const run = await client.run(first);
    const result = run.result();
    const commit = { actor: "worker:w1", owner, batch: 2, seen: 1, dueInMs: null } as const;
    const continued = RunContinued.make({ run: second, input: encodeValue(null) });

    await log.commit({ ...commit, run: first, events: [turn, continued, end(null)], after: "end" });
    await run.send("hello");
    expect(await scene.types(second)).toEqual(["RunCreated", "SignalReceived"]);
    await log.commit({ ...commit, run: second, events: [turn, end("of the second")], after: "end" });

    expect(await result).toBe("of the second");
  });

  test("in the moment before that new one is made reaches it all the same, once, and so does who waits", async () => {
    const { log } = scene.look;
    const [first, second] = [newRunId(), newRunId()];
    const client = await scene.connect();
    await log.create({ run: first, actor: "x", events: [created(first)], owner, ends: false, dueInMs: null });
    const run = await client.run(first);
    await run.send("hello", 1, { key: "k1" });
    const commit = { actor: "worker:w1", owner, batch: 2, seen: 2, dueInMs: 60_000 } as const;
    const continued = RunContinued.make({ run: second, input: encodeValue(null) });
    const end = RunCompleted.make({ output: encodeValue(null), name: "ContinuedAsNew", message: null });

    await log.commit({ ...commit, run: first, events: [turn, continued, end], after: "end" });
    await run.send("hello", 1, { key: "k1" });
    await run.send("hello", 2, { key: "k2" });

    expect(await scene.types(second)).toEqual(["RunCreated", "SignalReceived", "SignalReceived"]);
    await run.cancel();
    await expect(run.result({ timeout: "10s" })).rejects.toMatchObject({ code: "RUN_CANCELLED" });
  });
});

describe("an update", () => {
  /** Answers the next request of a run, as its owner would. */
  async function answer(
    run: string,
    data: Pick<ReturnType<typeof UpdateAnswered.make>["data"], "output" | "error">,
  ) {
    const { log } = scene.look;
    const request = await waitUntil(
      async () => {
        const found = (await scene.look.events(run)).find((event) => isType(event, "UpdateRequested"));
        if (found === undefined) throw new Error("not asked yet");
        return found;
      },
      { timeoutMs: 5_000 },
    );
    const answered = UpdateAnswered.make({ key: request.data.id, after: -1, ...data });
    const commit = { run, actor: "worker:w1", owner, batch: 3, events: [answered], dueInMs: null };
    await log.commit({ ...commit, seen: request.position, after: "keep" });
  }

  test("is recorded, and waits for the flow's answer", async () => {
    const client = await scene.connect();
    const run = await client.run(await scene.begun("keep"));

    const [total] = await Promise.all([
      run.update<number>("add", { n: 5 }, { key: "u1", timeout: "10s" }),
      answer(run.id, { output: encodeValue(12), error: null }),
    ]);
    const again = await run.update("add", { n: 5 }, { key: "u1", timeout: "10s" });

    expect([total, again]).toEqual([12, 12]);
    expect((await scene.types(run.id)).filter((type) => type === "UpdateRequested")).toHaveLength(1);
  });

  test("that the flow refuses throws, with the flow's error as the cause", async () => {
    const client = await scene.connect();
    const run = await client.run(await scene.begun("keep"));
    const error = { name: "RangeError", message: "too much", stack: null, code: null, causes: [] };

    const [refusal] = await Promise.allSettled([
      run.update("add", { n: 5 }, { timeout: "10s" }),
      answer(run.id, { output: null, error }),
    ]);

    expect(refusal).toMatchObject({
      status: "rejected",
      reason: { code: "COMMAND_REFUSED", cause: { name: "RangeError", message: "too much" } },
    });
  });

  test("that nobody answers in time says so, and stays recorded", async () => {
    const client = await scene.connect();
    const run = await client.run(await scene.begun("park"));

    await expect(run.update("add", 1, { timeout: 60 })).rejects.toMatchObject({ code: "WAIT_TIMED_OUT" });

    expect(await scene.types(run.id)).toContain("UpdateRequested");
  });
});
