import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { listLimits } from "../../src/redis/limits.ts";
import { flow, limit, rateLimit, task } from "../../src/workers/define.ts";
import { waitUntil } from "../support/wait-until.ts";
import { WorkerScene } from "../support/worker-scene.ts";

let scene: WorkerScene;
beforeEach(async () => {
  scene = await WorkerScene.open();
  work.begin();
});
afterEach(async () => {
  work.openAll();
  await scene.end();
});

/** What tasks of these tests do: they note that they began, and end when they are let go. */
const work = {
  now: 0,
  most: 0,
  begun: new Array<string>(),
  gates: new Map<string, () => void>(),
  isOpen: false,
  begin(): void {
    Object.assign(work, { now: 0, most: 0, begun: [], gates: new Map(), isOpen: false });
  },
  async on(name: string): Promise<string> {
    work.begun.push(name);
    work.now += 1;
    work.most = Math.max(work.most, work.now);
    if (!work.isOpen) await new Promise<void>((resolve) => work.gates.set(name, resolve));
    work.now -= 1;
    return name;
  },
  openAll(): void {
    work.isOpen = true;
    for (const open of work.gates.values()) open();
  },
};

const charge = task("limited_charge", { concurrency: { key: "stripe", limit: 2 } }, async (name: string) =>
  work.on(name),
);
const both = flow("limited_both", async (names: string[]) => {
  return Promise.all(names.map(async (name) => charge(name)));
});
const queuedOnes = flow("limited_queued", async (names: string[]) => charge.map(names).result());
const perCustomer = task(
  "limited_customer",
  { concurrency: { key: (order: { customer: string; id: string }) => order.customer, limit: 1 } },
  async (order) => work.on(order.id),
);
const orders = flow("limited_orders", async (list: { customer: string; id: string }[]) => {
  return perCustomer.map(list).result();
});

async function until(check: () => void | Promise<void>): Promise<void> {
  await waitUntil(async () => check(), { timeoutMs: 30_000, intervalMs: 10 });
}

async function stand(id = "slots:stripe"): Promise<{ held: number; waiting: number }> {
  const row = (await listLimits(scene.client.store.redis, scene.client.store.namespace.name)).find(
    (found) => found.id === id,
  );
  return { held: row?.held ?? 0, waiting: row?.waiting ?? 0 };
}

const names = (count: number, prefix = "t"): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

describe("tasks with a limit", () => {
  test("run in the process of their run, no more of them than there are slots, in the order of the calls", async () => {
    await scene.worker([both.spec.name]);
    const run = await scene.start(both.spec.name, names(5));
    await until(async () => expect(await stand()).toEqual({ held: 2, waiting: 3 }));
    await until(() => expect(work.begun).toEqual(["t0", "t1"]));

    for (const name of names(5)) {
      await until(() => expect(work.gates.has(name)).toBe(true));
      work.gates.get(name)?.();
    }

    expect((await scene.ending(run)).type).toBe("RunCompleted");
    expect(work).toMatchObject({ most: 2, begun: names(5) });
    expect(await stand()).toEqual({ held: 0, waiting: 0 });
  });

  test("share their slots between runs, workers, and tasks of queues and processes", async () => {
    const flows = [both.spec.name, queuedOnes.spec.name];
    await Promise.all([scene.worker(flows), scene.worker(flows)]);
    const runs = await Promise.all([
      scene.start(both.spec.name, names(4, "inline")),
      scene.start(queuedOnes.spec.name, names(4, "queued")),
    ]);
    await until(async () => expect(await stand()).toEqual({ held: 2, waiting: 6 }));

    const next = async (): Promise<void> => {
      await until(() => expect(work.gates.size).toBeGreaterThan(0));
      const [[name, open] = ["", () => undefined]] = work.gates;
      work.gates.delete(name);
      open();
    };
    for (let index = 0; index < 8; index += 1) await next();

    for (const run of runs) expect((await scene.ending(run)).type).toBe("RunCompleted");
    expect(work.begun).toHaveLength(8);
    expect(work.most).toBe(2);
  });

  test("in queues begin in the order in which they lined up, and wait without a place in a worker", async () => {
    const free = task("limited_free", async () => "free");
    const single = task("limited_single", { concurrency: { key: "one", limit: 1 } }, async (name: string) =>
      work.on(name),
    );
    const mixed = flow("limited_mixed", async (list: string[]) => {
      const limited = single.map(list);
      const other = await free.submit().result();
      work.begun.push(other);
      return limited.result();
    });
    await scene.worker([mixed.spec.name], { concurrency: 2 });

    const run = await scene.start(mixed.spec.name, names(6));
    await until(async () => expect(await stand("slots:one")).toEqual({ held: 1, waiting: 5 }));
    await until(() => expect(work.begun).toEqual(["t0", "free"]));
    work.openAll();

    expect((await scene.ending(run)).type).toBe("RunCompleted");
    expect(work.begun.filter((name) => name !== "free")).toEqual(names(6));
    const scheduled = (await scene.client.events(run)).filter(({ type }) => type === "TaskScheduled");
    expect(scheduled[0]?.data).toMatchObject({ rules: { limits: ["slots/1/one"], priority: null } });
    expect(scheduled.at(-1)?.data).toMatchObject({ rules: null });
  });

  test("have a limit for each key that their arguments give", async () => {
    await scene.worker([orders.spec.name]);
    const list = ["ann", "ann", "bob", "bob"].map((customer, index) => ({
      customer,
      id: `${customer}${index}`,
    }));

    const run = await scene.start(orders.spec.name, list);
    await until(() => expect(work.now).toBe(2));
    expect(new Set(work.begun)).toEqual(new Set(["ann0", "bob2"]));
    work.openAll();

    expect((await scene.ending(run)).type).toBe("RunCompleted");
    expect(work.begun.slice(2).sort()).toEqual(["ann1", "bob3"]);
  });

  test("line up again when they are tried again, behind those who wait", async () => {
    const failing = task(
      "limited_failing",
      { retries: 1, concurrency: { key: "one", limit: 1 } },
      async (id: string) => {
        work.begun.push(id);
        if (work.begun.filter((other) => other === id).length === 1 && id === "a") throw new Error("once");
        return id;
      },
    );
    const trying = flow("limited_trying", async () =>
      Promise.all([failing("a"), failing("b"), failing("c")]),
    );
    await scene.worker([trying.spec.name]);

    const run = await scene.start(trying.spec.name);

    expect((await scene.ending(run)).type).toBe("RunCompleted");
    expect(work.begun).toEqual(["a", "b", "c", "a"]);
  });

  test("are begun by another worker when theirs hands its runs over while they wait", async () => {
    const first = await scene.worker([both.spec.name]);
    const run = await scene.start(both.spec.name, names(3));
    await until(async () => expect(await stand()).toEqual({ held: 2, waiting: 1 }));
    await scene.worker([both.spec.name]);

    const stopping = first.stop();
    await until(async () => expect(await stand()).toEqual({ held: 2, waiting: 0 }));
    work.openAll();
    await stopping;

    expect((await scene.ending(run)).type).toBe("RunCompleted");
    expect(work.begun.sort()).toEqual(names(3));
  });
});

describe("limit() and rateLimit() in tasks", () => {
  test("hold slots of the same limits, give up in time, and are refused in flows", async () => {
    const inner = task("limited_inner", async (id: string) =>
      limit({ key: "db", limit: 1 }, async () => work.on(id)),
    );
    const late = task("limited_late", async () => limit("db", { timeout: 50 }, async () => "never"));
    const inside = flow("limited_inside", async () => {
      const refused = await limit("db", async () => 1).catch((error: unknown) => String(error));
      const holds = inner("holds");
      await until(() => expect(work.begun).toEqual(["holds"]));
      work.openAll();
      return [refused, await holds];
    });
    const tooLate = flow("limited_too_late", async () => {
      const holds = inner("holds");
      const error = await late().catch((thrown: unknown) => String(thrown));
      work.openAll();
      return [error, await holds];
    });
    await scene.worker([inside.spec.name, tooLate.spec.name]);

    expect((await scene.ending(await scene.start(inside.spec.name))).type).toBe("RunCompleted");
    await until(async () => expect(await stand("slots:db")).toEqual({ held: 0, waiting: 0 }));
    work.begin();
    const store = scene.client.store;
    const { setRule } = await import("../../src/redis/limits.ts");
    await setRule(store.redis, scene.client.store.namespace.name, { id: "slots:db", slots: 1, decay: 0 });
    const run = await scene.start(tooLate.spec.name);

    expect((await scene.ending(run)).type).toBe("RunCompleted");
    expect(scene.troubles.map(String).join()).not.toContain("LEASE_LOST");
  });

  test("keep to a rate", async () => {
    const times: number[] = [];
    let beganAt = Number.NaN;
    const call = task("limited_call", async () => {
      beganAt = Date.now();
      for (let index = 0; index < 4; index += 1) {
        await rateLimit({ key: "api", limit: 2, per: 200 });
        times.push(Date.now());
      }
    });
    const calling = flow("limited_calling", async () => call());
    await scene.worker([calling.spec.name]);

    await scene.ending(await scene.start(calling.spec.name));

    expect(times[2]! - beganAt).toBeGreaterThanOrEqual(199);
  });
});
