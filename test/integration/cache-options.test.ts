import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { flow, INPUTS, runContext, task, taskContext } from "../../src/index.ts";
import { SharingScene } from "../support/sharing-scene.ts";
import { waitUntil } from "../support/wait-until.ts";

let scene: SharingScene;
let calls: string[] = [];
beforeEach(async () => {
  scene = await SharingScene.open(inject("redisUrl"));
  calls = [];
});
afterEach(async () => scene.end());

const called = (what: string): void => {
  calls.push(what);
};

describe("a task with a cache", () => {
  test("makes its result anew for everybody when it is told to refresh", async () => {
    let version = 0;
    const fresh = task("fresh", { cache: INPUTS }, async () => (version += 1));
    const usual = flow("usual", async () => fresh());
    const refreshing = flow("refreshing", async () => fresh.withOptions({ refreshCache: true })());
    const host = await scene.host();

    const results = [];
    for (const one of [usual, usual, refreshing, usual]) results.push(await scene.result(host, one));

    expect(results).toEqual([1, 1, 2, 2]);
  });

  test("takes MILLRACE_REFRESH_CACHE for the option that was not given", async () => {
    let version = 0;
    const fresh = task("fresh_env", { cache: INPUTS }, async () => (version += 1));
    const kept = fresh.withOptions({ refreshCache: false });
    const usual = flow("usual_env", async () => [await kept(), await fresh()]);
    const host = await scene.host();
    await scene.result(host, usual);

    process.env["MILLRACE_REFRESH_CACHE"] = "1";
    const result = await scene
      .result(host, usual)
      .finally(() => delete process.env["MILLRACE_REFRESH_CACHE"]);

    expect(result).toEqual([1, 2]);
  });

  test("whose key cannot be computed says so, runs, and shares nothing", async () => {
    const odd = task(
      "odd",
      {
        cache: () => {
          throw new Error("no such tenant");
        },
      },
      async () => called("odd"),
    );
    const needsOdd = flow("needs_odd", async () => odd());
    const host = await scene.host();

    await scene.result(host, needsOdd);
    await scene.result(host, needsOdd);

    expect(calls.length).toBe(2);
    expect(scene.lines.filter((line) => line.includes("Cache key could not be computed"))).toEqual([
      expect.stringMatching(/no such tenant .*"task":"odd#1"/),
      expect.stringMatching(/no such tenant .*"task":"odd#1"/),
    ]);
    expect(await scene.cacheKeys()).toEqual([]);
  });

  test("asks a function for its key, with the arguments, the run and the task", async () => {
    const seen: unknown[] = [];
    const custom = task(
      "custom",
      {
        cache: ([order], { run, task: name }) => {
          seen.push([order.id, run.flow, name]);
          return order.id;
        },
      },
      async (order: { id: string; at: number }) => order.at,
    );
    const needsCustom = flow("needs_custom", async (input: { at: number }) =>
      custom({ id: "o1", at: input.at }),
    );
    const host = await scene.host();

    const results = [
      await scene.result(host, needsCustom, { at: 1 }),
      await scene.result(host, needsCustom, { at: 2 }),
    ];

    expect(results).toEqual([1, 1]);
    expect(seen).toEqual([
      ["o1", "needs_custom", "custom"],
      ["o1", "needs_custom", "custom"],
    ]);
  });
});

describe("two calls at once of a task that is serializable", () => {
  let callers = 0; // the function returns when so many flows have asked for it
  let asked = 0;
  const ask = (): void => {
    asked += 1;
  };
  const expectCallers = (count: number): void => {
    callers = count;
    asked = 0;
  };
  const slow = task("slow", { cache: INPUTS, cacheIsolation: "serializable" }, async (n: number) => {
    called(`slow ${n} in ${runContext().id} attempt ${taskContext().attempt}`);
    await waitUntil(async () => expect(asked).toBeGreaterThanOrEqual(callers), { timeoutMs: 20_000 });
    if (n < 0 && calls.length === 1) throw new Error("the first one fails");
    return n + 1;
  });
  const inline = flow("slow_inline", async ({ n }: { n: number }) => {
    ask();
    return slow(n);
  });
  const queued = flow("slow_queued", async ({ n }: { n: number }) => {
    ask();
    return slow.submit(n).result();
  });
  const twice = flow("slow_twice", async ({ n }: { n: number }) => {
    ask();
    return Promise.all([slow(n), slow(n)]);
  });

  test("in two processes: one makes the result, and the other waits for it", async () => {
    expectCallers(3);
    const hosts = await Promise.all([scene.host(), scene.host(), scene.host()]);

    const results = await Promise.all(hosts.map(async (host) => scene.result(host, inline, { n: 1 })));

    expect(results).toEqual([2, 2, 2]);
    expect(calls.length).toBe(1);
    expect((await scene.cacheKeys()).filter((key) => key.includes(":making:"))).toEqual([]);
  });

  test("in one run", async () => {
    expectCallers(1);
    expect(await scene.result(await scene.host(), twice, { n: 2 })).toEqual([3, 3]);
    expect(calls.length).toBe(1);
  });

  test("on two workers", async () => {
    expectCallers(4);
    await Promise.all([scene.worker(queued), scene.worker(queued)]);
    const hosts = await Promise.all([scene.host(), scene.host(), scene.host(), scene.host()]);

    const results = await Promise.all(hosts.map(async (host) => scene.result(host, queued, { n: 3 })));

    expect(results).toEqual([4, 4, 4, 4]);
    expect(calls.length).toBe(1);
  });

  test("when the first one fails, the next one takes its place", async () => {
    expectCallers(2);
    const hosts = await Promise.all([scene.host(), scene.host()]);

    const results = await Promise.allSettled(
      hosts.map(async (host) => scene.result(host, inline, { n: -5 })),
    );

    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(calls.length).toBe(2);
  });
});
