import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { EngineError, flow, isEngineError, task } from "../../src/index.ts";
import { type ClientScene, openClientScene } from "../support/client-scene.ts";
import { waitUntil } from "../support/wait-until.ts";

const double = task("double_it", async (n: number) => n * 2);
const doubled = flow("doubled", { input: z.object({ n: z.number() }), tags: ["demo"] }, async ({ n }) =>
  double(n),
);
const failing = flow("failing", async () => {
  throw new TypeError("no such order");
});
const nothing = flow("nothing", async () => "done");

let scene: ClientScene;
beforeAll(async () => {
  scene = await openClientScene(inject("redisUrl"));
  await scene.worker("doubled", "failing", "nothing");
});
afterAll(async () => scene.end());

describe("a client", () => {
  test("starts a run of a flow for the workers, and gives its result", async () => {
    await using client = await scene.connect();

    const run = await client.start(doubled, { n: 21 });

    expect(await run.result()).toBe(42);
    expect(run).toMatchObject({ flow: "doubled", isNew: true });
    expect(await run.state()).toMatchObject({ type: "COMPLETED", isFinal: true, startAt: null });
    expect((await run.history())[0]).toMatchObject({
      type: "RunCreated",
      actor: expect.stringMatching(/^client:/),
      data: { flow: "doubled", queue: "default", tags: ["demo"] },
    });
  });

  test("starts a flow that it knows by name only, on a queue that a worker serves", async () => {
    const client = await scene.connect();

    const run = await client.start("doubled", { n: 4 }, { name: "by-name", tags: ["x"] });

    expect(await run.result()).toBe(8);
    expect(run.name).toBe("by-name");
  });

  test("refuses parameters that the flow would refuse, and creates nothing", async () => {
    const client = await scene.connect();
    const before = (await scene.look.openRuns()).length;

    const refused = await client.start(doubled, { n: "21" as unknown as number }).catch((error) => error);

    expect(isEngineError(refused, "INPUT_INVALID")).toBe(true);
    expect((await scene.look.openRuns()).length).toBe(before);
  });

  test("waits for a run that fails, and throws with the flow's error as the cause", async () => {
    const client = await scene.connect();

    const run = await client.start(failing);
    const error = await run.result().catch((thrown) => thrown);

    expect(isEngineError(error, "RUN_FAILED")).toBe(true);
    expect((error as EngineError).cause).toMatchObject({ name: "TypeError", message: "no such order" });
  });

  test("finds a run by id, by the beginning of its id and by name, with its result", async () => {
    const client = await scene.connect();
    const { id } = await client.start(doubled, { n: 1 }, { name: "to-be-found" });

    const found = await Promise.all(
      [id, id.slice(0, 22).toLowerCase(), "to-be-found"].map(client.run.bind(client)),
    );

    expect(found.map((run) => run.id)).toEqual([id, id, id]);
    expect(await Promise.all(found.map(async (run) => run.result()))).toEqual([2, 2, 2]);
    await expect(client.run("nobody")).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
  });

  test("says so when a run has not ended in time", async () => {
    const client = await scene.connect();
    const run = await client.start(nothing, undefined, { delay: "1h" });

    await expect(run.result({ timeout: 50 })).rejects.toMatchObject({ code: "WAIT_TIMED_OUT" });
  });

  test("ends what waits when it is closed", async () => {
    const client = await scene.connect();
    const run = await client.start(nothing, undefined, { delay: "1h" });
    const waiting = run.result();
    const refusal = expect(waiting).rejects.toMatchObject({ code: "SHUTTING_DOWN" });

    await client.close();

    await refusal;
  });

  test.each([
    ["two keys", { idempotencyKey: "a", singleton: "skip" }],
    ["a time and a delay", { startAt: 5, delay: "5s" }],
    ["no date", { startAt: new Date("no date") }],
    ["a reserved key", { idempotencyKey: "singleton:a" }],
    ["an empty key", { idempotencyKey: "" }],
    ["an unknown mode", { singleton: "drop" as "skip" }],
  ] as const)("refuses options that make no sense: %s", async (_, options) => {
    const client = await scene.connect();

    await expect(client.start(nothing, undefined, options)).rejects.toMatchObject({ code: "OPTION_INVALID" });
  });
});

describe("a flow object", () => {
  test("is started for the workers from outside of flows, and refused inside", async () => {
    const inside = flow("starts_inside", async () => nothing.start());
    process.env["MILLRACE_REDIS_URL"] = inject("redisUrl");
    process.env["MILLRACE_NAMESPACE"] = scene.namespace;

    const run = await doubled.start({ n: 8 }, { name: "from-the-flow" });

    expect(await run.result()).toBe(16);
    await expect(inside()).rejects.toMatchObject({
      message: expect.stringContaining("was called in a flow"),
    });
    delete process.env["MILLRACE_REDIS_URL"];
    delete process.env["MILLRACE_NAMESPACE"];
  });
});

describe("a start with a time", () => {
  test("waits until then, is Scheduled with the time, and is given back by a worker that claims it early", async () => {
    const client = await scene.connect();
    const startAt = Date.now() + 6_000;

    const run = await client.start(nothing, undefined, { startAt: new Date(startAt) });
    await scene.look.hint({ run: run.id, flow: "nothing", queue: "default", cause: "early" });

    expect(await run.state()).toMatchObject({ type: "SCHEDULED", name: "Scheduled", startAt });
    expect(await run.result()).toBe("done");
    const [created, begun] = await run.history();
    expect(created).toMatchObject({ type: "RunCreated", data: { startAt } });
    expect(begun!.recordedAt).toBeGreaterThanOrEqual(startAt);
  });

  test("begins at once when the time has passed", async () => {
    const client = await scene.connect();

    const run = await client.start(nothing, undefined, { startAt: Date.now() - 1_000 });

    expect(await run.result()).toBe("done");
  });
});

describe("an idempotency key", () => {
  test("gives the same run to all starts with it, also at the same time and after the end", async () => {
    const clients = await Promise.all([scene.connect(), scene.connect(), scene.connect()]);

    const runs = await Promise.all(
      Array.from({ length: 30 }, async (_, n) =>
        clients[n % 3]!.start(doubled, { n: 3 }, { idempotencyKey: "order-7" }),
      ),
    );
    await runs[0]!.result();
    const late = await clients[0].start(doubled, { n: 3 }, { idempotencyKey: "order-7" });

    expect(new Set([...runs, late].map(({ id }) => id)).size).toBe(1);
    expect(runs.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(late.isNew).toBe(false);
    expect(await late.result()).toBe(6);
    const history = await late.history();
    expect(history.filter(({ type }) => type === "RunCreated")).toHaveLength(1);
    expect(history[0]).toMatchObject({ data: { idempotencyKey: "order-7" } });
  });

  test("with another input is refused, and says which run has it", async () => {
    const client = await scene.connect();
    const first = await client.start(doubled, { n: 3 }, { idempotencyKey: "order-8" });

    const refusal = client.start(doubled, { n: 4 }, { idempotencyKey: "order-8" });

    await expect(refusal).rejects.toMatchObject({ code: "COMMAND_REFUSED", details: { run: first.id } });
  });

  test("is a flow's own", async () => {
    const client = await scene.connect();

    const one = await client.start(nothing, undefined, { idempotencyKey: "shared" });
    const other = await client.start(failing, undefined, { idempotencyKey: "shared" });

    expect(other.id).not.toBe(one.id);
  });
});

describe("a client that is killed", () => {
  test("between creating a run and hinting it: the sweeper finds the run", async () => {
    const client = await scene.connect();
    scene.look.hint = async () => undefined; // it dies right before
    const { run } = await scene.look.start({
      flow: "nothing",
      input: undefined,
      queue: "default",
      tags: [],
      name: null,
      source: null,
    });

    const handle = await client.run(run);

    await waitUntil(async () => expect(await scene.types(run)).toContain("RunCompleted"), {
      timeoutMs: 20_000,
    });
    expect(await handle.result()).toBe("done");
  });
});
