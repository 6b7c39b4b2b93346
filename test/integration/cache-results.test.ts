import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { FLOW, FLOW_PARAMETERS, flow, INPUTS, NO_CACHE, RUN, TASK_SOURCE, task } from "../../src/index.ts";
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
    const body = async ({ n }: { n: number; debug: boolean }): Promise<number[]> => {
      const results: number[] = [n - n];
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
    const brief = task("brief", { cache: INPUTS, cacheExpiration: "3s" }, async () => called("brief"));
    const needsBrief = flow("needs_brief", async () => brief());
    const host = await scene.host();
    await scene.result(host, needsBrief);
    await scene.result(host, needsBrief);
    const before = calls.length;

    await waitUntil(async () => expect(await scene.cacheKeys()).toEqual([]), { timeoutMs: 20_000 });
    await scene.result(host, needsBrief);

    expect([before, calls.length]).toEqual([1, 2]);
  });
});
