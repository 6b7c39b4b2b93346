import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { signal } from "../../src/sdk/signals.ts";
import { paths, type RouteName } from "../../src/server/contract/paths.ts";
import { flow, task } from "../../src/workers/define.ts";
import { type Sent, ServerScene } from "../support/server-scene.ts";

const price = task("price", async (sku: string) => {
  if (sku === "none") throw new TypeError(`no price of ${sku} at 10.0.0.7:5432`);
  return { sku, cents: 4_200 };
});
const approval = signal("approval", z.object({ by: z.string().min(2) }));

flow(
  "orders",
  { input: z.object({ sku: z.string(), customer: z.object({ id: z.int() }).optional() }), tags: ["shop"] },
  async ({ sku }) => price(sku),
);
flow("held", async () => (await approval.receive()).by);
const child = flow("part", async (n: number) => n * 2);
flow("whole", async (n: number) => (await child(n)) + 1);

let scene: ServerScene;
const runs: Record<"good" | "bad" | "held" | "whole" | "other", string> = {
  good: "",
  bad: "",
  held: "",
  whole: "",
  other: "",
};

beforeAll(async () => {
  scene = await ServerScene.open();
  await scene.serve(["orders", "held", "part", "whole"]);
  const { work } = scene;
  runs.good = await work.start("orders", { sku: "lamp", customer: { id: 42 } });
  runs.other = await work.start("orders", { sku: "chair" });
  runs.bad = await work.start("orders", { sku: "none" });
  runs.held = await work.start("held");
  runs.whole = await work.start("whole", 3);
  await Promise.all([
    work.ending(runs.good),
    work.ending(runs.other),
    work.ending(runs.bad),
    work.ending(runs.whole),
  ]);
  await work.event(runs.held, "SignalAwaited");
  await scene.settled();
});
afterAll(async () => scene.close());

/** What each route is asked; those that change something come last, in this order. */
const asked: { readonly [Name in RouteName]: () => Sent<Name> } = {
  info: () => ({}),
  runs: () => ({ query: { q: "flow:orders", limit: 2 } }),
  histogram: () => ({ query: { q: "status:failed,completed" } }),
  run: () => ({ params: { run: runs.good } }),
  events: () => ({ params: { run: runs.bad } }),
  state: () => ({ params: { run: runs.good }, query: { at: 3 } }),
  values: () => ({ params: { run: runs.good, position: 1 } }),
  logs: () => ({ params: { run: runs.bad }, query: { level: "warn" } }),
  children: () => ({ params: { run: runs.whole } }),
  compare: () => ({ query: { a: runs.good, b: runs.bad } }),
  operations: () => ({}),
  operation: () => ({ params: { id: bulk } }),
  flows: () => ({}),
  flow: () => ({ params: { flow: "orders" } }),
  grid: () => ({ params: { flow: "orders" } }),
  trends: () => ({ params: { flow: "orders" } }),
  home: () => ({}),
  capacity: () => ({}),
  log: () => ({ query: { limit: 5 } }),
  projections: () => ({}),
  aside: () => ({}),
  views: () => ({}),
  start: () => ({ body: { flow: "orders", input: { sku: "desk" }, tags: ["web"], name: "by-hand" } }),
  fork: () => ({ params: { run: runs.good }, body: { task: "price#1" } }),
  pause: () => ({ params: { run: runs.held }, body: {} }),
  resume: () => ({ params: { run: runs.held }, body: { reason: "go on" } }),
  signal: () => ({ params: { run: runs.held }, body: { name: "approval", payload: { by: "ada" } } }),
  retry: () => ({ params: { run: runs.bad }, body: { reason: "again" } }),
  cancel: () => ({ params: { run: waiting }, body: { reason: "no need" } }),
  unblock: () => ({ params: { run: runs.good }, body: {} }),
  bulk: () => ({ body: { q: "flow:held", action: "cancel" } }),
  stopOperation: () => ({ params: { id: bulk } }),
  setLimit: () => ({ params: { name: "warehouse" }, body: { slots: 3 } }),
  removeLimit: () => ({ params: { name: "warehouse" } }),
  pauseQueue: () => ({ params: { queue: "default" } }),
  resumeQueue: () => ({ params: { queue: "default" } }),
  rebuild: () => ({ params: { name: "run-summary" } }),
  retryAside: () => ({ params: { id: "nobody" } }),
  putView: () => ({
    params: { name: "Failed today" },
    body: { q: "status:failed created>-24h", isDefault: true },
  }),
  removeView: () => ({ params: { name: "Failed today" } }),
};
let waiting = "";
let bulk = "";

/** Routes that this scene gives no reason to answer: nothing is blocked, and nothing stands aside. */
const refused: Partial<Record<RouteName, string>> = {
  unblock: "STATE_CONFLICT",
  retryAside: "RUN_NOT_FOUND",
};

beforeAll(async () => {
  waiting = await scene.work.start("held");
  const begun = await scene.get("bulk", { body: { q: "name:nobody", action: "cancel", dryRun: false } });
  bulk = begun.kind === "operation" ? begun.id : "";
});

test("every route is asked", () => {
  expect(Object.keys(asked).toSorted()).toEqual(Object.keys(paths).toSorted());
});

describe("answers as its schema says", () => {
  test.each((Object.keys(asked) as RouteName[]).filter((name) => !(name in refused)))("%s", async (name) => {
    await scene.get(name, asked[name]());
  });

  test.each(Object.entries(refused) as [RouteName, string][])("%s, with %s", async (name, code) => {
    const { status, json } = await scene.ask(name, asked[name]());
    expect([status >= 400 && status < 500, json.code]).toEqual([true, code]);
  });
});

test("a page counts all that match, and the next page goes on", async () => {
  const first = await scene.get("runs", { query: { q: "flow:orders tag:shop order", limit: 1 } });
  expect(first.runs).toHaveLength(0); // "order" is looked for in names

  const page = await scene.get("runs", { query: { q: "flow:orders input.customer.id=42", limit: 5 } });
  expect(page.runs.map(({ run }) => run)).toContain(runs.good);
  expect(page.total?.exact).toBe(true);
});

test("events come in any pages, from either end, as in one", async () => {
  const params = { run: runs.bad };
  await scene.work.ending(runs.bad); // the route "retry" has opened it again
  const whole = await scene.get("events", { params });
  const up: unknown[] = [];
  const down: unknown[] = [];
  for (let at = 0; at < whole.last; at += 1)
    up.push(...(await scene.get("events", { params, query: { after: at, limit: 1 } })).events);
  for (let at = 0, end = false; !end; ) {
    const page = await scene.get("events", { params, query: { after: at, limit: 3, order: "desc" } });
    down.push(...page.events);
    at = page.events.at(-1)?.position ?? 0;
    end = page.end;
  }

  expect(whole.events.length).toBe(whole.last);
  expect(up).toEqual(whole.events);
  expect(down.toReversed()).toEqual(whole.events);
});

test("a list knows a run that was just started, when it is asked to", async () => {
  const { run, position } = await scene.get("start", {
    body: { flow: "orders", input: { sku: "rug" }, name: "just-now" },
  });
  const page = await scene.get("runs", {
    query: { q: "name:just-now", min_position: position, min_position_of: run },
  });

  expect(page.runs.map((row) => row.run)).toEqual([run]);
});

test("errors are found by their text and by what they have in common", async () => {
  await scene.work.ending(runs.bad);
  await scene.settled();
  const byText = await scene.get("runs", { query: { q: 'error~"NO PRICE"' } });
  const fingerprint = byText.runs[0]?.fingerprint ?? "";
  const alike = await scene.get("runs", { query: { q: `fingerprint:${fingerprint}` } });

  expect(byText.runs.length).toBeGreaterThan(0);
  expect(alike.runs.map(({ run }) => run)).toEqual(byText.runs.map(({ run }) => run));
  expect((await scene.get("home")).attention).toContainEqual(
    expect.objectContaining({ kind: "failures", fingerprint }),
  );
});

test("what a worker said of its flows is there for a form, and for the server to judge by", async () => {
  const detail = await scene.get("flow", { params: { flow: "orders" } });
  const wrong = await scene.ask("start", {
    body: { flow: "orders", input: { sku: 3, customer: { id: "x" } } },
  });

  expect(detail.inputSchema).toMatchObject({ type: "object", properties: { sku: { type: "string" } } });
  expect(detail.signals).toContainEqual(expect.objectContaining({ name: "approval" }));
  expect(detail.versions).toMatchObject([{ workers: 1, source: "orders.ts" }]);
  expect(wrong.status).toBe(422);
  expect(wrong.json.errors.map(({ path }: { path: string }) => path)).toEqual(["sku", "customer.id"]);
});

test("who gives a command stands in what it records, and a query that asks for its position sees it", async () => {
  const started = await scene.get("start", { body: { flow: "held", input: null } });
  await scene.work.event(started.run, "SignalAwaited");
  const { position } = await scene.get("pause", { params: { run: started.run }, body: { reason: "lunch" } });
  const { row } = await scene.get("run", { params: { run: started.run }, query: { min_position: position } });
  const paused = (await scene.work.events(started.run)).find(({ type }) => type === "RunPaused");

  expect(paused?.actor).toMatch(/^client:\w+ by user:local$/);
  expect(row.position).toBeGreaterThanOrEqual(position);
});
