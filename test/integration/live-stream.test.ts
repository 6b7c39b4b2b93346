import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { addEntries, readEntries } from "../../src/redis/run-entries.ts";
import { openAccess } from "../../src/server/access/access.ts";
import type { LiveFrame } from "../../src/server/contract/live.ts";
import { LiveScene, upTo } from "../support/live-scene.ts";

let scene: LiveScene;

beforeEach(async () => {
  scene = await LiveScene.open(inject("redisUrl"));
});
afterEach(async () => scene.end());

describe("the live stream", () => {
  test("gives two clients the events of a run, each from its own position on", async () => {
    const run = await scene.begin();
    await scene.append(run, 1, 4);
    const { url } = await scene.serve();
    const [whole, rest] = await Promise.all([
      scene.listen(url, `run:${run}`),
      scene.listen(url, `run:${run}@3`),
    ]);
    await whole.until(() => whole.positions(run).length === 5);
    await scene.append(run, 5, 2);
    await whole.until(() => whole.positions(run).length === 7);
    await rest.until(() => rest.positions(run).length === 4);

    expect(whole.positions(run)).toEqual(upTo(7));
    expect(rest.positions(run)).toEqual(upTo(7, 4));
    expect(whole.of(`run:${run}`)[0]).toMatchObject({ type: "RunCreated", run, actor: "client:suite" });
    expect(rest.of(`run:${run}`)[0]).toMatchObject({ type: "TurnTaken", actor: "worker:w1" });
    expect(scene.troubles).toEqual([]);
  });

  test("is a stream that nobody between keeps or packs, and begins with an id to come back by", async () => {
    const { url } = await scene.serve();

    const listener = await scene.listen(url, "log");
    await listener.until(({ frames }) => frames.length > 0);

    expect(listener.headers).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store, no-transform",
      "x-accel-buffering": "no",
    });
    expect(listener.headers["content-encoding"]).toBeUndefined();
    expect(listener.frames).toMatchObject([
      { event: "batch", data: [], id: expect.stringMatching(/^[\w-]+$/) },
    ]);
    expect(listener.retryMs).toBe(1_000);
  });

  test("goes on behind a frame without gap or repetition, on any server", async () => {
    scene.project();
    const [one, other] = await Promise.all([scene.serve(), scene.serve()]);
    const run = await scene.begin();
    const before = await scene.listen(one.url, `run:${run},log,runs`);
    await scene.append(run, 1, 2);
    await before.until(
      () => before.of("log").length >= 2 && before.of("runs").some(({ position }) => position === 3),
    );
    before.close();
    await scene.append(run, 3, 5);
    const second = await scene.begin();

    const after = await scene.listen(other.url, `run:${run},log,runs`, { lastId: before.lastId });
    await after.until(
      () =>
        after.positions(run).includes(8) &&
        after.of("log").some((event) => event.run === second) &&
        after.of("runs").some((row) => row.run === second) &&
        after.of("runs").some((row) => row.run === run && row.position === 8),
    );

    const seen = [before, after].flatMap((listener) => listener.positions(run));
    expect(seen).toEqual(upTo(8));
    const logged = [before, after]
      .flatMap((listener) => listener.of("log"))
      .filter((event) => event.run === run);
    expect(logged.map(({ position }) => position)).toEqual(upTo(8, logged[0].position));
  });

  test("tells rows of runs when they are folded, capacity when it changes, and events of all runs", async () => {
    scene.project();
    const { url } = await scene.serve();
    const listener = await scene.listen(url, "runs,capacity,log");
    const run = await scene.begin();
    await scene.finish(run, 1);
    await listener.until(() => listener.of("runs").some(({ state }) => state === "COMPLETED"));
    scene.capacity = { sentence: "No worker is there." };
    await listener.until(() => listener.of("capacity").length === 2);

    expect(listener.of("runs").at(-1)).toMatchObject({ run, flow: "orders", position: 2 });
    expect(listener.of("capacity")).toEqual([
      { sentence: "Nothing waits." },
      { sentence: "No worker is there." },
    ]);
    expect(listener.of("log").map(({ type }) => type)).toEqual(["RunCreated", "RunCompleted"]);
  });

  test("gives the events of large commits, which the feed only points at, under every topic", async () => {
    const { url } = await scene.serve();
    const run = await scene.begin();
    const listener = await scene.listen(url, `run:${run}@1,log`);

    await scene.append(run, 1, 3_000);
    await listener.until(
      () => listener.positions(run).length === 3_000 && listener.of("log").length >= 3_000,
    );

    expect(listener.positions(run)).toEqual(upTo(3_001, 2));
    const logged = listener.of("log").map(({ position }) => position);
    expect(logged.slice(-3_000)).toEqual(upTo(3_001, 2));
    expect(listener.frames.every(({ event }) => event === "batch")).toBe(true);
  });

  test("says that it is alive, finds what no hint told of, and sends away who may not listen any more", async () => {
    let role: "viewer" | null = "viewer";
    const access = {
      ...openAccess,
      identify: async () => Promise.resolve(role === null ? null : { actor: "user:ada", role }),
    };
    const { url } = await scene.serve({ beatMs: 50 }, access);
    const run = await scene.begin();
    const listener = await scene.listen(url, `run:${run}@1`);
    await listener.until(({ comments }) => comments.length >= 2);
    const { redis, namespace } = scene.client.store;
    // Entries are put into the stream past the feed, and nobody is told.
    const other = await scene.begin();
    await scene.append(other, 1, 2);
    const entries = (await readEntries(redis, namespace, other)).slice(1);
    await addEntries(redis, namespace, { run, entries, createdAt: String(Date.now()) });
    await listener.until(() => listener.positions(run).length === 2);
    role = null;
    await listener.until(({ isOver }) => isOver);

    expect(listener.comments[0]).toMatch(/^hb \d{13}$/);
    expect(listener.frames.at(-1)).toMatchObject({ event: "bye", data: [] });
  });

  test("says good-bye when the server stops, so that not all come back at once", async () => {
    const { url, app } = await scene.serve();
    const listeners = await Promise.all(upTo(5).map(async () => scene.listen(url, "log")));
    await Promise.all(listeners.map(async (listener) => listener.until(({ frames }) => frames.length > 0)));

    await app.close();
    await Promise.all(listeners.map(async (listener) => listener.until(({ isOver }) => isOver)));

    for (const { frames, retryMs } of listeners) {
      expect(frames.at(-1)?.event).toBe("bye");
      expect(retryMs).toBeGreaterThanOrEqual(500);
      expect(retryMs).toBeLessThanOrEqual(3_000);
    }
    expect(new Set(listeners.map(({ retryMs }) => retryMs)).size).toBeGreaterThan(1);
  });

  test("is refused to who asks for nothing, or for what there is not", async () => {
    const { url } = await scene.serve();

    const answers = await Promise.all(
      ["", "?topics=", "?topics=everything"].map(async (query) => fetch(`${url}api/live${query}`)),
    );

    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400]);
    await expect(answers[2]?.json()).resolves.toMatchObject({
      code: "REQUEST_INVALID",
      errors: [{ path: "topics" }],
    });
  });

  test("resets who comes with a cursor of another log", async () => {
    const { url } = await scene.serve();
    const listener = await scene.listen(url, "runs,log", { lastId: "bm90IG91cnM" });

    await listener.until(({ frames }) => frames.some(({ event }) => event === "reset"));

    expect(listener.frames.at(-1)?.data).toEqual([{ topic: "runs" }, { topic: "log" }]);
  });
});

describe("the long poll", () => {
  const poll = async (url: string, query: Record<string, string>) => {
    const response = await fetch(`${url}api/live/poll?${new URLSearchParams(query).toString()}`);
    return (await response.json()) as LiveFrame;
  };

  test("gives the same events as the stream, frame by frame", async () => {
    const { url } = await scene.serve();
    const run = await scene.begin();
    const listener = await scene.listen(url, `run:${run},log`);
    await listener.until(() => listener.positions(run).length === 1);
    const topics = `run:${run},log`;
    const polled: unknown[] = [];
    let { id, data } = await poll(url, { topics });
    polled.push(...data);
    for (let seen = 1; seen < 8; seen += 1) {
      const next = poll(url, { topics, since: id });
      await scene.append(run, seen);
      ({ id, data } = await next);
      polled.push(...data);
      while (!JSON.stringify(data).includes(`"position":${seen + 1}`)) {
        ({ id, data } = await poll(url, { topics, since: id }));
        polled.push(...data);
      }
    }
    await listener.until(() => listener.positions(run).length === 8);

    const items = polled as { readonly topic: string; readonly events: readonly unknown[] }[];
    const of = (topic: string) => items.flatMap((item) => (item.topic === topic ? item.events : []));
    expect(of(`run:${run}`)).toEqual(listener.of(`run:${run}`));
    expect(of("log")).toEqual(listener.of("log"));
  });

  test("answers at once to who comes for the first time, and empty when nothing happens", async () => {
    const { url } = await scene.serve();

    const first = await poll(url, { topics: "log" });
    const second = await poll(url, { topics: "log", since: first.id, wait: "30" });

    expect(first).toEqual({ id: expect.any(String), event: "batch", data: [] });
    expect(second).toEqual(first);
  });

  test("resets who brings a damaged id", async () => {
    const { url } = await scene.serve();

    await expect(poll(url, { topics: "log", since: "x" })).resolves.toMatchObject({ event: "reset" });
  });
});
