import type { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { shardKeys } from "../../src/redis/keys.ts";
import { CliScene } from "../support/cli.ts";
import type { LiveListener } from "../support/live-listener.ts";
import { LiveScene, upTo } from "../support/live-scene.ts";
import { startServer } from "../support/redis-server.ts";
import { waitUntil } from "../support/wait-until.ts";

describe("a server that is killed", () => {
  let cli: CliScene;
  let scene: LiveScene;

  beforeEach(async () => {
    cli = new CliScene(inject("redisUrl"));
    scene = await LiveScene.open(inject("redisUrl"), 4, cli.namespace);
  });
  afterEach(async () => {
    await scene.end();
    await cli.end();
  });

  test("costs two clients nothing: another one goes on where their last frames ended", async () => {
    const run = await scene.begin();
    const server = cli.start(["server", "--port", "0"]);
    const url = await server.until(/(http:\/\/\S+\/)/);
    const before = await Promise.all([1, 2].map(async () => scene.listen(url, `run:${run},log`)));
    let seen = 1;
    const write = async (commits: number): Promise<void> => {
      for (let done = 0; done < commits; done += 1) {
        await Promise.all([scene.append(run, seen, 3), scene.begin()]);
        seen += 3;
      }
    };
    await write(10);
    await Promise.all(before.map(async (one) => one.until(() => one.positions(run).length > 10)));
    await Promise.all([write(30), server.end("SIGKILL")]);
    await Promise.all(before.map(async (one) => one.until(({ isOver }) => isOver)));
    const second = await scene.serve(); // another process than the one that is gone
    const after = await Promise.all(
      before.map(async ({ lastId }) => scene.listen(second.url, `run:${run},log`, { lastId })),
    );
    await write(10);
    const isWhole = (one: LiveListener): boolean =>
      one.positions(run).at(-1) === seen &&
      one.of("log").some((event) => event.run === run && event.position === seen);
    await Promise.all(after.map(async (one) => one.until(isWhole)));

    for (const [index, one] of before.entries()) {
      const both = [one, after[index]].flatMap((listener) => listener?.of(`run:${run}`) ?? []);
      expect(both.map(({ position }) => position)).toEqual(upTo(seen));
      const logged = [one, after[index]].flatMap((listener) => listener?.of("log") ?? []);
      const places = logged.map((event) => `${event.run} ${event.position}`);
      expect(new Set(places).size).toBe(places.length);
      const ofRun = logged.filter((event) => event.run === run).map(({ position }) => position);
      expect(ofRun).toEqual(upTo(seen, ofRun[0]));
    }
  });
});

test("a Redis that is killed and comes back costs nothing that was acknowledged", async () => {
  const redis = await startServer({ settings: { appendfsync: "always" } });
  const scene = await LiveScene.open(redis.url, 2);
  try {
    const { url } = await scene.serve();
    const run = await scene.begin();
    const listener = await scene.listen(url, `run:${run},log`);
    await scene.append(run, 1, 2);
    await listener.until(() => listener.positions(run).length === 3);
    await redis.kill();
    const appended = scene.append(run, 3, 2); // waits for Redis
    await redis.restart();
    await appended;
    await listener.until(() => listener.positions(run).length === 5, 20_000);
    await listener.until(() => listener.of("log").length >= 4, 20_000);

    expect(listener.positions(run)).toEqual(upTo(5));
    expect(listener.isOver).toBe(false);
  } finally {
    await scene.end();
    await redis.stop();
  }
});

describe("the live stream", () => {
  let scene: LiveScene;

  beforeEach(async () => {
    scene = await LiveScene.open(inject("redisUrl"), 1);
  });
  afterEach(async () => scene.end());

  test("loses no event of a run when the feed is deleted, and resets those who listen to the log", async () => {
    const { url } = await scene.serve({ beatMs: 100 });
    const run = await scene.begin();
    const listener = await scene.listen(url, `run:${run},log,runs`);
    await scene.append(run, 1, 2);
    await listener.until(() => listener.positions(run).length === 3);
    const { redis, namespace } = scene.client.store;

    await redis.del(shardKeys(namespace, 0).feed);
    await scene.append(run, 3, 1);
    await listener.until(() => listener.positions(run).length === 4);
    await listener.until(({ frames }) => frames.some(({ event }) => event === "reset"));
    await scene.append(run, 4, 1);
    await listener.until(() => listener.of("log").some(({ position }) => position === 5));

    expect(listener.positions(run)).toEqual(upTo(5));
  });

  test("resets a client that comes back after the feed was cut behind it", async () => {
    const { url } = await scene.serve();
    const run = await scene.begin();
    const before = await scene.listen(url, "log,runs");
    await scene.append(run, 1, 1);
    await before.until(() => before.of("log").length > 0);
    before.close();
    let seen = 2;
    for (let more = 0; more < 20; more += 1) seen = await scene.append(run, seen, 1);
    const { redis, namespace } = scene.client.store;
    await redis.xtrim(shardKeys(namespace, 0).feed, "MAXLEN", 3);

    const after = await scene.listen(url, "log,runs", { lastId: before.lastId });
    await after.until(({ frames }) => frames.some(({ event }) => event === "reset"));
    await scene.append(run, seen, 1);
    await after.until(() => after.of("log").length > 0);

    expect(after.of("log").map(({ position }) => position)).toEqual([seen + 1]);
  });

  test("keeps no more than a buffer for a client that does not read, resets it, and goes on", async () => {
    const patienceMs = 3_000; // long enough for one who reads on a busy machine
    const { url, app } = await scene.serve({ patienceMs });
    const sockets = new Set<Socket>();
    app.server.on("connection", (socket: Socket) => sockets.add(socket));
    const run = await scene.begin();
    const listener = await scene.listen(url, `run:${run}`);
    const fast = await scene.listen(url, `run:${run}`);
    await listener.until(({ frames }) => frames.length > 0);
    listener.pause();
    let seen = 1;
    let most = 0;
    const stuck = async (): Promise<boolean> => {
      most = Math.max(most, ...[...sockets].map(({ writableLength }) => writableLength));
      return Promise.resolve(most > 0);
    };
    while (seen < 4_000) {
      seen = await scene.append(run, seen, 100, "x".repeat(3_900));
      await stuck();
    }
    await fast.until(() => fast.positions(run).at(-1) === seen, 30_000);
    expect(await stuck()).toBe(true); // it did fill its socket
    const fullAt = Date.now();
    await waitUntil(
      async () => {
        seen = await scene.append(run, seen, 1); // a client is looked at when there is news
        expect(Date.now() - fullAt).toBeGreaterThan(patienceMs + 100);
      },
      { timeoutMs: 20_000, intervalMs: 100 },
    );
    await fast.until(() => fast.positions(run).at(-1) === seen, 30_000);
    listener.resume();
    await listener.until(({ frames }) => frames.some(({ event }) => event === "reset"));
    await waitUntil(
      async () => {
        seen = await scene.append(run, seen, 1);
        await listener.until(() => listener.positions(run).at(-1) === seen, 200);
      },
      { timeoutMs: 20_000 },
    );

    expect(fast.positions(run)).toEqual(upTo(fast.positions(run).length));
    expect(fast.frames.some(({ event }) => event === "reset")).toBe(false);
    expect(most).toBeLessThan(4 * 1024 * 1024);
    const at = listener.frames.findIndex(({ event }) => event === "reset");
    const position: unknown = listener.frames[at]?.data[0].position;
    const heard = listener.frames.slice(at + 1).flatMap(({ data }) => data);
    expect(heard[0].events[0].position).toBe(Number(position) + 1);
  });

  test("serves fifty clients over two connections to Redis", async ({ onTestFinished }) => {
    const own = await startServer(); // nobody else comes and goes there
    onTestFinished(async () => own.stop());
    await scene.end();
    scene = await LiveScene.open(own.url, 1);
    const { url } = await scene.serve();
    const run = await scene.begin();
    const { redis } = scene.client.store;
    const connections = async (): Promise<number> =>
      Number(/connected_clients:(\d+)/.exec(await redis.info("clients"))?.[1]);
    const before = await connections();
    const listeners = await Promise.all(
      upTo(50).map(async () => scene.listen(url, `run:${run},log,runs,capacity`)),
    );
    await Promise.all(listeners.map(async (one) => one.until(() => one.positions(run).length === 1)));
    const during = await connections();
    const delays: number[] = [];
    for (let seen = 1; seen <= 20; seen += 1) {
      await scene.append(run, seen, 1);
      await Promise.all(
        listeners.map(async (one) => one.until(() => one.positions(run).length === seen + 1)),
      );
      for (const one of listeners) {
        const frame = one.frames.findLast(({ data }) =>
          JSON.stringify(data).includes(`"position":${seen + 1},`),
        );
        const event = one.of(`run:${run}`)[seen];
        if (frame !== undefined) delays.push(frame.at - event.at);
      }
    }
    for (const one of listeners) expect(one.positions(run)).toEqual(upTo(21));

    const p = (share: number): number =>
      delays.toSorted((a, b) => a - b)[Math.floor(delays.length * share)] ?? 0;
    process.stderr.write(
      `append to frame, 50 clients: p50 ${p(0.5)} ms, p95 ${p(0.95)} ms, max ${p(0.9999)} ms\n`,
    );
    expect(during - before).toBeLessThanOrEqual(1); // the one that waits for news
  });
});
