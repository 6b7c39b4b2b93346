import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { encodeValue } from "../../src/events/codec.ts";
import { SignalReceived } from "../../src/events/signal-events.ts";
import { continueAsNew, flow, onQuery, onUpdate, signal, sleep } from "../../src/index.ts";
import { type ClientScene, openClientScene } from "../support/client-scene.ts";
import { waitUntil } from "../support/wait-until.ts";

const approval = signal("approval", z.object({ by: z.string().default("nobody") }));
const stop = signal("stop");

const approved = flow("approved", async () => (await approval.receive()).by);
const counter = flow("counter", async () => {
  let total = 0;
  onUpdate("add", z.number(), (n) => {
    if (n < 0) throw new RangeError("only up");
    total += n;
    return total;
  });
  onQuery("total", (times) => total * Number(times));
  onQuery("broken", () => {
    throw new TypeError("not now");
  });
  await stop.receive();
  return total;
});
const relay = flow("relay", async (round: number): Promise<unknown> => {
  if (round < 2) return continueAsNew(round + 1);
  return (await approval.receive()).by;
});
const long = flow("long", async () => sleep("1h"));

let scene: ClientScene;
beforeAll(async () => {
  scene = await openClientScene(inject("redisUrl"));
  await scene.worker("approved", "counter", "relay", "long");
});
afterAll(async () => scene.end());

describe("a client and a flow", () => {
  test("talk by a signal, typed on both sides, that is kept until the flow waits", async () => {
    const client = await scene.connect();
    const run = await client.start(approved);

    await run.send(approval, {});

    expect(await run.result()).toBe("nobody");
  });

  test("talk by updates, which the flow answers or refuses", async () => {
    const client = await scene.connect();
    const run = await client.start(counter);

    const first = await run.update<number>("add", 5, { timeout: "20s" });
    const refused = await run.update("add", -1, { timeout: "20s" }).catch((error: unknown) => error);
    const second = await run.update<number>("add", 2, { timeout: "20s" });
    await run.send(stop, null);

    expect([first, second]).toEqual([5, 7]);
    expect(refused).toMatchObject({ code: "COMMAND_REFUSED", cause: { message: "only up" } });
    expect(await run.result()).toBe(7);
  });

  test("talk by queries: of a run in memory, and of one that nobody owns, which is woken", async () => {
    const client = await scene.connect();
    const run = await client.start(counter);
    await run.update("add", 5, { timeout: "20s" });

    const live = await run.query<number>("total", 2);
    const before = await scene.types(run.id);
    await waitUntil(async () => expect((await scene.look.outline(run.id))?.open?.owner).toBeNull(), {
      timeoutMs: 20_000,
    });
    const parked = await run.query<number>("total", 3);

    expect([live, parked]).toEqual([10, 15]);
    expect(await scene.types(run.id)).toEqual(before);
    await expect(run.query("colour")).rejects.toMatchObject({
      code: "COMMAND_REFUSED",
      message: expect.stringContaining("It has: total, broken."),
    });
    await expect(run.query("broken")).rejects.toMatchObject({ cause: { message: "not now" } });
    await run.send(stop, null);
    await run.result();
    await expect(run.query("total")).rejects.toMatchObject({ code: "RUN_CLOSED" });
  });

  test("stay in touch when the run goes on as a new one", async () => {
    const client = await scene.connect();
    const run = await client.start(relay, 0);
    await waitUntil(async () => expect((await run.state()).isFinal).toBe(true), { timeoutMs: 10_000 });

    await run.send(approval, { by: "Ada" });

    expect(await run.result()).toBe("Ada");
  });

  test("lose no signal that a run was sent before it went on as a new one", async () => {
    const client = await scene.connect();
    const run = await client.start(relay, 0, { delay: "500ms" });

    await run.send(approval, { by: "Bob" }); // the first two runs end without having asked for it

    expect(await run.result({ timeout: "20s" })).toBe("Bob");
  });

  test("end a begun run by cancelling it", async () => {
    const client = await scene.connect();
    const run = await client.start(long);
    await waitUntil(async () => expect(await scene.types(run.id)).toContain("TimerStarted"), {
      timeoutMs: 10_000,
    });

    await run.cancel("enough");

    await expect(run.result()).rejects.toMatchObject({ code: "RUN_CANCELLED" });
  });

  test("are brought together by the sweeper when the client dies between the fact and the hint", async () => {
    const client = await scene.connect();
    const run = await client.start(approved, undefined, { delay: "1s" });
    const signalled = SignalReceived.make({ name: "approval", id: "s", payload: encodeValue({ by: "Eve" }) });
    const fact = { run: run.id, actor: "client:gone", events: [signalled], dedupeKey: "signal approval s" };

    await scene.look.log.append({ ...fact, seen: -1, wakeInMs: 0, attempt: null, unblock: false });

    expect(await run.result({ timeout: "20s" })).toBe("Eve");
  });
});
