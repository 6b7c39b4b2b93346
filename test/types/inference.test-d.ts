import { expectTypeOf } from "vitest";
import { z } from "zod";
import {
  asCompleted,
  completed,
  type Flow,
  type FlowInput,
  type Future,
  type FutureList,
  failed,
  flow,
  type MillraceClient,
  type RunHandle,
  type Task,
  task,
  unmapped,
  wait,
} from "../../src/index.ts";
import { createHarness, forEveryCrashPoint, given } from "../../src/testing.ts";

interface Order {
  readonly id: string;
  readonly amount: number;
}

const extract = task(
  "extract",
  { retries: 3, retryDelay: "30s" },
  async (ds: string) => [{ id: ds, amount: 1 }] as Order[],
);
const total = task("total", (orders: Order[], scale: number) => orders.length * scale);
const label = task(
  "label",
  { key: (order) => order.id },
  async (order: Order, suffix?: string) => `${order.id}${suffix ?? ""}`,
);

// a task knows its arguments and its result, plain or async
expectTypeOf(extract).toEqualTypeOf<Task<[ds: string], Order[]>>();
expectTypeOf(extract("2026-04-30")).toEqualTypeOf<Promise<Order[]>>();
expectTypeOf(total).returns.toEqualTypeOf<Promise<number>>();
expectTypeOf(extract.submit("2026-04-30")).toEqualTypeOf<Future<Order[]>>();
expectTypeOf(extract.submit("2026-04-30").result()).toEqualTypeOf<Promise<Order[]>>();
expectTypeOf(extract.withOptions({ retries: 1 })).toEqualTypeOf<Task<[ds: string], Order[]>>();

// futures stand for their results
void total(extract.submit("2026-04-30"), 2);
total.submit(extract.submit("2026-04-30"), 2);
// @ts-expect-error a future of the wrong type
total.submit(label.submit({ id: "a", amount: 1 }), 2);
// @ts-expect-error a missing argument
void extract();
// @ts-expect-error a wrong argument
void extract(5);
// @ts-expect-error an unknown option
task("x", { retrys: 1 }, async () => 1);
// @ts-expect-error a delay without a unit
task("x", { retryDelay: "30" }, async () => 1);

// map takes lists apart, and gives a list of futures
const orders: Order[] = [];
expectTypeOf(label.map(orders)).toEqualTypeOf<FutureList<string>>();
expectTypeOf(label.map(orders, "!").result()).toEqualTypeOf<Promise<string[]>>();
label.map([label.submit({ id: "a", amount: 1 })].map(() => ({ id: "b", amount: 2 })));
total.map(unmapped(orders), [1, 2, 3]);
total.map([orders, orders], 3);
// @ts-expect-error a whole list where each task takes a list
total.map(orders, [1, 2]);
// @ts-expect-error items of another type
label.map([1, 2]);
expectTypeOf(wait(label.map(orders)))
  .resolves.toHaveProperty("done")
  .toEqualTypeOf<readonly Future<string>[]>();
expectTypeOf(asCompleted(label.map(orders))).toExtend<AsyncIterable<Future<string>>>();

// a flow's parameters are its schema's input; its function sees the output
const pipeline = flow(
  "pipeline",
  { input: z.object({ ds: z.iso.date().default("2026-04-30"), top: z.coerce.number() }) },
  async ({ ds, top }) => {
    expectTypeOf(ds).toEqualTypeOf<string>();
    expectTypeOf(top).toEqualTypeOf<number>();
    return total(await extract(ds), top);
  },
);
expectTypeOf(pipeline({ top: 5 })).toEqualTypeOf<Promise<number>>();
expectTypeOf<FlowInput<typeof pipeline>>().toExtend<{ ds?: string | undefined } | undefined>();
// @ts-expect-error a required parameter
void pipeline();
// @ts-expect-error a parameter of another type
void pipeline({ top: 1, ds: 5 });

const defaults = flow("defaults", { input: z.object({ top: z.number().default(3) }) }, ({ top }) => top);
expectTypeOf(defaults()).toEqualTypeOf<Promise<number>>();

const plain = flow("plain", async () => "done");
expectTypeOf(plain).toEqualTypeOf<Flow<[], string>>();
const typed = flow("typed", async (input: { readonly n: number }) => input.n);
expectTypeOf(typed({ n: 1 })).toEqualTypeOf<Promise<number>>();

// what a flow returns: futures give their results
const ofFuture = flow("of-future", async () => extract.submit("x"));
expectTypeOf(ofFuture()).toEqualTypeOf<Promise<Order[]>>();
const ofList = flow("of-list", async () => label.map(orders));
expectTypeOf(ofList()).toEqualTypeOf<Promise<string[]>>();
const ofState = flow("of-state", async () => completed({ message: "nothing to do" }));
expectTypeOf(ofState()).toEqualTypeOf<Promise<undefined>>();
const ofOutput = flow("of-output", async () => (orders.length === 0 ? failed() : completed({ output: 5 })));
expectTypeOf(ofOutput()).toEqualTypeOf<Promise<number | undefined>>();

// runs from outside: the flow types the input, the keys and the result
declare const client: MillraceClient;
expectTypeOf(client.start(pipeline, { top: 5 })).toEqualTypeOf<Promise<RunHandle<number>>>();
expectTypeOf(client.start(plain)).toEqualTypeOf<Promise<RunHandle<string>>>();
expectTypeOf(client.start(plain, undefined, { delay: "5m" })).toEqualTypeOf<Promise<RunHandle<string>>>();
expectTypeOf(client.start("pipeline", { top: "any" })).toEqualTypeOf<Promise<RunHandle>>();
expectTypeOf(pipeline.start({ top: 1 })).toEqualTypeOf<Promise<RunHandle<number>>>();
expectTypeOf(extract.delay("2026-04-30")).toEqualTypeOf<Promise<RunHandle<Order[]>>>();
void client.start(typed, { n: 1 }, { singleton: { mode: "skip", key: (input) => input.n.toFixed() } });
// @ts-expect-error a required parameter
void client.start(pipeline);
// @ts-expect-error a parameter of another type
void typed.start({ n: "5" });
// @ts-expect-error an argument of another type
void extract.delay(5);
declare const handle: RunHandle<number>;
expectTypeOf(handle.result()).toEqualTypeOf<Promise<number>>();
expectTypeOf(handle.update<string>("ask")).toEqualTypeOf<Promise<string>>();
const approval = { name: "approval", schema: z.object({ ok: z.boolean(), by: z.string().default("x") }) };
void handle.send(approval, { ok: true });
// @ts-expect-error a payload that the schema does not take
void handle.send(approval, { ok: "yes" });

// a harness takes what a flow takes, and gives what it gives
const harness = await createHarness();
expectTypeOf(harness.run(pipeline, { top: 5 })).toEqualTypeOf<Promise<number>>();
expectTypeOf(harness.run(defaults)).toEqualTypeOf<Promise<number>>();
expectTypeOf(harness.run(ofFuture)).toEqualTypeOf<Promise<Order[]>>();
expectTypeOf((await harness.start(typed, { n: 1 })).result()).toEqualTypeOf<Promise<number>>();
// @ts-expect-error a required parameter
void harness.run(pipeline);
// @ts-expect-error a parameter of another type
void harness.start(typed, { n: "1" });
expectTypeOf(harness.mock(extract, (ds) => [{ id: ds, amount: 2 }]).calls).toEqualTypeOf<
  readonly (readonly [ds: string])[]
>();
// @ts-expect-error a mock with another result
harness.mock(total, () => "much");
expectTypeOf(given(typed, { n: 1 }).result()).toEqualTypeOf<Promise<number>>();
// @ts-expect-error an input of another type
given(typed, "1");
void forEveryCrashPoint(harness, typed, { n: 1 }, ({ result }) => {
  expectTypeOf(result).toEqualTypeOf<number | undefined>();
});
