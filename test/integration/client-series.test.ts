import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { flow, type RunHandle, task } from "../../src/index.ts";
import { keyedId } from "../../src/workers/ids.ts";
import { untilOpen } from "../fixtures/flows/gate.ts";
import { type ClientScene, openClientScene } from "../support/client-scene.ts";
import { waitUntil } from "../support/wait-until.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-series-"));
const done: string[] = [];
const gated = task("gated", async (gate: string) => {
  await untilOpen(join(folder, gate));
  done.push(gate);
  return gate;
});
const single = flow("single", async (gate: string) => gated(gate));
const echo = flow("echo", async (text: string) => text);

let scene: ClientScene;
beforeAll(async () => {
  scene = await openClientScene(inject("redisUrl"));
  await scene.worker("single", "echo");
});
afterAll(async () => {
  await scene.end();
  rmSync(folder, { recursive: true });
});

const open = (gate: string): void => writeFileSync(join(folder, gate), "");
const untilState = async (run: RunHandle, name: string): Promise<void> =>
  waitUntil(async () => expect((await run.state()).name).toBe(name), { timeoutMs: 10_000 });

describe("a singleton", () => {
  test("that skips gives the run that is open, also to starts at the same time; after its end, a new one", async () => {
    const clients = await Promise.all([scene.connect(), scene.connect()]);
    const start = async (n: number) =>
      clients[n % 2]!.start(single, "skip", { singleton: { mode: "skip", key: "a" } });

    const runs = await Promise.all(Array.from({ length: 12 }, async (_, n) => start(n)));
    const other = await clients[0].start(single, "other", {
      singleton: { mode: "skip", key: (gate) => gate },
    });
    open("skip");
    open("other");
    await runs[0]!.result();
    const next = await start(0);

    expect(new Set(runs.map(({ id }) => id)).size).toBe(1);
    expect(runs.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect([other.isNew, next.isNew]).toEqual([true, true]);
    expect(new Set([runs[0]!.id, other.id, next.id]).size).toBe(3);
    expect(await Promise.all([other.result(), next.result()])).toEqual(["other", "skip"]);
  });

  test("that queues runs one after the other, in the order of the starts", async () => {
    const client = await scene.connect();
    const gates = ["q1", "q2", "q3"];
    const runs: RunHandle<string>[] = [];
    for (const gate of gates)
      runs.push(await client.start(single, gate, { singleton: { mode: "queue", key: "q" } }));
    await untilState(runs[0]!, "Running");

    open("q3");
    open("q2");
    expect((await runs[1]!.state()).name).toBe("Scheduled");
    open("q1");
    const results = await Promise.all(runs.map(async (run) => run.result()));

    expect(results).toEqual(gates);
    expect(done.filter((gate) => gates.includes(gate))).toEqual(gates);
    const spans = await Promise.all(runs.map(async (run) => run.history()));
    for (const [index, events] of spans.entries()) {
      const before = spans[index - 1]?.at(-1)?.recordedAt ?? 0;
      expect(events.find(({ type }) => type === "TurnTaken")!.recordedAt).toBeGreaterThanOrEqual(before);
    }
  });

  test("that cancels what is running asks it to end, and begins after it", async () => {
    const client = await scene.connect();
    const options = { singleton: { mode: "cancel-running", key: "c" }, delay: "1h" } as const;
    const first = await client.start(single, "never", options);
    const second = await client.start(single, "never", options);

    const last = await client.start(single, "last", { singleton: { mode: "cancel-running", key: "c" } });
    open("last");

    expect(await last.result()).toBe("last");
    await expect(first.result()).rejects.toMatchObject({ code: "RUN_CANCELLED" });
    await expect(second.result()).rejects.toMatchObject({
      code: "RUN_CANCELLED",
      message: expect.stringContaining(`Replaced by run ${last.id}`),
    });
    expect(existsSync(join(folder, "never"))).toBe(false);
  });

  test("whose client dies before it cancels what is running: a worker does that", async () => {
    const client = await scene.connect();
    const singleton = { mode: "cancel-running", key: "d" } as const;
    const first = await client.start(single, "never", { singleton, delay: "1h" });
    open("d2");
    const newRun = { flow: "single", input: "d2", queue: "default", tags: [], name: null, source: null };
    const id = keyedId("single", "singleton", "d#2"); // created, and no more was done

    await scene.look.start({ ...newRun, id, idempotencyKey: "singleton:d#2!" });

    await expect(first.result()).rejects.toMatchObject({ code: "RUN_CANCELLED" });
    expect(await (await client.run(id)).result()).toBe("d2");
    const third = await client.start(single, "d2", { singleton }); // what was noted of the series is behind
    expect(third.id).toBe(keyedId("single", "singleton", "d#3"));
  });
});

describe("debounced starts", () => {
  test("are one run, with the last input, that begins when they have calmed down", async () => {
    const clients = await Promise.all([scene.connect(), scene.connect()]);
    const debounce = { key: "user-1", wait: 1_200 };
    const later = { ...debounce, wait: "1h" } as const; // counts from the newest start on

    const runs: RunHandle<string>[] = [];
    for (const [text, wait] of [
      ["a", later],
      ["b", later],
      ["c", debounce],
    ] as const)
      runs.push(await clients[runs.length % 2]!.start(echo, text, { debounce: wait }));
    const result = await runs[0]!.result();

    expect(new Set(runs.map(({ id }) => id)).size).toBe(1);
    expect(runs.map(({ isNew }) => isNew)).toEqual([true, false, false]);
    expect(result).toBe("c");
    const history = await runs[0]!.history();
    expect(history.slice(0, 4).map(({ type }) => type)).toEqual([
      "RunCreated",
      "RunPostponed",
      "RunPostponed",
      "TurnTaken",
    ]);
    expect(history[3]!.recordedAt).toBeGreaterThanOrEqual(history[2]!.recordedAt + 1_200);
    const next = await clients[0].start(echo, "d", { debounce });
    expect(next.id).not.toBe(runs[0]!.id);
    expect(await next.result()).toBe("d");
  });

  test("begin at the latest after `max`, however often they come", async () => {
    const client = await scene.connect();
    const debounce = { key: "user-2", wait: "1h", max: 5_000 } as const;

    const first = await client.start(echo, "first", { debounce });
    const last = await client.start(echo, "last", { debounce });

    expect(await last.result({ timeout: "20s" })).toBe("last");
    expect(last.id).toBe(first.id);
  });

  test("at the same time lose none: one run, and the input of one of the last", async () => {
    const client = await scene.connect();
    const debounce = { key: "user-3", wait: 5_000 };
    const texts = ["1", "2", "3", "4", "5", "6"];

    const runs = await Promise.all(texts.map(async (text) => client.start(echo, text, { debounce })));

    expect(new Set(runs.map(({ id }) => id)).size).toBe(1);
    const postponed = (await runs[0]!.history()).filter(({ type }) => type === "RunPostponed");
    expect(postponed).toHaveLength(texts.length - 1);
    expect(texts).toContain(await runs[0]!.result());
  });

  test("whose client is killed right after a bounce: a worker begins with that input", async () => {
    const client = await scene.connect();
    const debounce = { key: "user-4", wait: 800 };
    await client.start(echo, "before", { debounce });
    const run = await client.start(echo, "after", { debounce });

    await client.close();

    const watcher = await scene.connect();
    expect(await (await watcher.run(run.id)).result()).toBe("after");
  });

  test("can be cancelled while they wait", async () => {
    const client = await scene.connect();
    const run = await client.start(echo, "x", { debounce: { key: "user-5", wait: "1h" } });

    await run.cancel();
    const next = await client.start(echo, "y", { debounce: { key: "user-5", wait: 100 } });

    expect(await next.result()).toBe("y");
    expect(next.id).not.toBe(run.id);
  });
});
