import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import {
  FLOW,
  FLOW_PARAMETERS,
  flow,
  INPUTS,
  NO_CACHE,
  RUN,
  runContext,
  TASK_SOURCE,
  task,
  taskContext,
} from "../../src/index.ts";
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

interface Report {
  readonly day: string;
  readonly debug?: boolean;
  readonly made: Date;
  readonly ids: ReadonlySet<bigint>;
}

const build = task("build", { cache: INPUTS }, async (day: string): Promise<Report> => {
  called(`build ${day}`);
  return { day, made: new Date(0), ids: new Set([1n, 2n]) };
});
const reports = flow("reports", async ({ day }: { day: string }) => build(day));

describe("a task with a cache", () => {
  test("gives a later run the result of an earlier one, as it was recorded", async () => {
    const host = await scene.host();

    const first = await scene.run(host, reports, { day: "mon" });
    const second = await scene.run(host, reports, { day: "mon" });
    const other = await scene.run(host, reports, { day: "tue" });

    expect(calls).toEqual(["build mon", "build tue"]);
    expect(second.state.output).toEqual({ day: "mon", made: new Date(0), ids: new Set([1n, 2n]) });
    const events = await scene.events(second.run);
    expect(events.find(({ type }) => type === "TaskReused")?.data).toMatchObject({
      key: "build#1",
      from: "cache",
      run: first.run,
      of: "build#1",
    });
    expect(events.some(({ type }) => type === "TaskCompleted")).toBe(false);
    expect(other.state.type).toBe("COMPLETED");
  });

  test("says nothing of caching in the log of a task that has none", async () => {
    const plain = task("plain", async (n: number) => n);
    const none = flow("none", async () => [
      await plain(1),
      await build.withOptions({ cache: NO_CACHE })("x"),
    ]);
    const host = await scene.host();

    const { run } = await scene.run(host, none);

    const scheduled = (await scene.events(run)).filter(({ type }) => type === "TaskScheduled");
    expect(scheduled.map(({ data }) => "rules" in data && data.rules)).toEqual([null, null]);
    expect(await scene.cacheKeys()).toEqual([]);
  });

  test("looks once for all tasks of a map, and runs those that nobody made", async () => {
    const double = task("double", { cache: INPUTS }, async (n: number) => {
      called(`double ${n}`);
      return n * 2;
    });
    const doubles = flow("doubles", async ({ from }: { from: number }) =>
      double.map(Array.from({ length: 20 }, (_, index) => from + index)).result(),
    );
    await scene.worker(doubles);
    const host = await scene.host();

    await scene.result(host, doubles, { from: 0 });
    const before = calls.length;
    const second = await scene.run(host, doubles, { from: 10 });

    expect(before).toBe(20);
    expect(calls.length).toBe(30);
    expect(second.state.output).toEqual(Array.from({ length: 20 }, (_, index) => (10 + index) * 2));
    const types = (await scene.events(second.run)).map(({ type }) => type);
    expect(types.filter((type) => type === "TaskReused").length).toBe(10);
    expect(types.filter((type) => type === "TaskStarted").length).toBe(10);
  });

  test("keeps a large result beyond its run, and a value of several kinds equal", async () => {
    const large = task("large", { cache: INPUTS }, async (n: number) => {
      called("large");
      return { n, text: "x".repeat(200_000), at: new Date(5), map: new Map([[1n, Number.NaN]]) };
    });
    const needsLarge = flow("needs_large", async () => large(1));
    const host = await scene.host();

    const first = await scene.result(host, needsLarge);
    const second = await scene.run(host, needsLarge);

    expect(calls).toEqual(["large"]);
    expect(second.state.output).toEqual(first);
    expect((await scene.cacheKeys()).length).toBe(2);
    expect(await scene.client.store.redis.keys(`*:payload:${second.run}:*`)).toHaveLength(1);
  });

  test("whose large value has gone runs again", async () => {
    const large = task("gone", { cache: INPUTS }, async () => {
      called("gone");
      return "x".repeat(100_000);
    });
    const needsLarge = flow("needs_gone", async () => (await large()).length);
    const host = await scene.host();
    await scene.result(host, needsLarge);
    const value = (await scene.cacheKeys()).find((key) => key.includes(":cached:"));
    await scene.client.store.redis.del(value ?? "");

    expect(await scene.result(host, needsLarge)).toBe(100_000);

    expect(calls).toEqual(["gone", "gone"]);
  });

  test("finds what the same run has just made", async () => {
    const again = flow("again", async () => [
      await build("wed"),
      await build("wed"),
      await build.submit("wed").result(),
    ]);
    await scene.worker(again);

    await scene.result(await scene.host(), again);

    expect(calls).toEqual(["build wed"]);
  });

  test("does not share failures", async () => {
    const flaky = task("flaky", { cache: INPUTS, retries: 1 }, async (n: number) => {
      called(`flaky ${n}`);
      if (calls.length < 3) throw new Error("not yet");
      return n;
    });
    const tries = flow("tries", async () => flaky(1));
    const host = await scene.host();

    await expect(scene.result(host, tries)).rejects.toThrow("not yet");
    expect(await scene.result(host, tries)).toBe(1);
    expect(await scene.result(host, tries)).toBe(1);

    expect(calls.length).toBe(3);
  });

  test("runs again when the text of its function has changed, if the policy says so", async () => {
    const host = await scene.host();
    const versions = [
      task("versioned", { cache: [INPUTS, TASK_SOURCE] }, async () => 1),
      task("versioned", { cache: [INPUTS, TASK_SOURCE] }, async () => 2),
    ];

    const results = [];
    for (const one of versions)
      results.push(
        await scene.result(
          host,
          flow("uses_version", async () => one()),
        ),
      );

    expect(results).toEqual([1, 2]);
  });

  test("looks at the run, the flow or its parameters, as the policy says", async () => {
    const policies = { run: RUN, flow: FLOW, parameters: FLOW_PARAMETERS };
    const count = { run: 0, flow: 0, parameters: 0 };
    const tasks = Object.entries(policies).map(([name, cache]) =>
      task(`by_${name}`, { cache }, async () => (count[name as "run"] += 1)),
    );
    const body = async (_: { n: number; debug: boolean }): Promise<number[]> => {
      const results: number[] = [];
      for (const one of [...tasks, ...tasks]) results.push(await one());
      return results;
    };
    const [a, b] = [flow("a", body), flow("b", body)];
    const host = await scene.host();

    await scene.result(host, a, { n: 1, debug: false });
    await scene.result(host, a, { n: 1, debug: false });
    await scene.result(host, a, { n: 2, debug: false });
    await scene.result(host, b, { n: 2, debug: false });

    expect(count).toEqual({ run: 4, flow: 2, parameters: 2 });
  });

  test("is not found again after it has expired by the clock of Redis", async () => {
    const brief = task("brief", { cache: INPUTS, cacheExpiration: "300ms" }, async () => called("brief"));
    const needsBrief = flow("needs_brief", async () => brief());
    const host = await scene.host();
    await scene.result(host, needsBrief);
    await scene.result(host, needsBrief);
    const before = calls.length;

    await waitUntil(async () => expect(await scene.cacheKeys()).toEqual([]), { timeoutMs: 5_000 });
    await scene.result(host, needsBrief);

    expect([before, calls.length]).toEqual([1, 2]);
  });

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
  const slow = task("slow", { cache: INPUTS, cacheIsolation: "serializable" }, async (n: number) => {
    called(`slow ${n} in ${runContext().id} attempt ${taskContext().attempt}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    if (n < 0 && calls.length === 1) throw new Error("the first one fails");
    return n + 1;
  });
  const inline = flow("slow_inline", async ({ n }: { n: number }) => slow(n));
  const queued = flow("slow_queued", async ({ n }: { n: number }) => slow.submit(n).result());
  const twice = flow("slow_twice", async ({ n }: { n: number }) => Promise.all([slow(n), slow(n)]));

  test("in two processes: one makes the result, and the other waits for it", async () => {
    const hosts = await Promise.all([scene.host(), scene.host(), scene.host()]);

    const results = await Promise.all(hosts.map(async (host) => scene.result(host, inline, { n: 1 })));

    expect(results).toEqual([2, 2, 2]);
    expect(calls.length).toBe(1);
    expect((await scene.cacheKeys()).filter((key) => key.includes(":making:"))).toEqual([]);
  });

  test("in one run", async () => {
    expect(await scene.result(await scene.host(), twice, { n: 2 })).toEqual([3, 3]);
    expect(calls.length).toBe(1);
  });

  test("on two workers", async () => {
    await Promise.all([scene.worker(queued), scene.worker(queued)]);
    const hosts = await Promise.all([scene.host(), scene.host(), scene.host(), scene.host()]);

    const results = await Promise.all(hosts.map(async (host) => scene.result(host, queued, { n: 3 })));

    expect(results).toEqual([4, 4, 4, 4]);
    expect(calls.length).toBe(1);
  });

  test("when the first one fails, the next one takes its place", async () => {
    const hosts = await Promise.all([scene.host(), scene.host()]);

    const results = await Promise.allSettled(
      hosts.map(async (host) => scene.result(host, inline, { n: -5 })),
    );

    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(calls.length).toBe(2);
  });
});
