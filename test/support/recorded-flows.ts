import { taskContext } from "../../src/sdk/context.ts";
import { now, random, uuid } from "../../src/sdk/deterministic.ts";
import { asCompleted } from "../../src/sdk/futures.ts";
import { unmapped } from "../../src/sdk/map-arguments.ts";
import { sleep } from "../../src/sdk/sleep.ts";
import { flow, task } from "./record-flow.ts";

/**
 * Flows whose histories lie in `test/fixtures/history`. Never change one: the histories of its time must be repeated
 * for ever. A new case is a new flow; a new version of an event is a new folder beside `v1`.
 */
const add = task("add", async (one: number, other: number) => one + other);
const label = task("label", async (value: unknown) => new Map([["value", value]]));
const slow = task("slow", { queue: "far" }, async (item: string) => ({ item, at: new Date(0) }));
const fails = task("fails", async (text: string) => Promise.reject(bare(new RangeError(text))));
const flaky = task("flaky", { retries: 2, retryDelay: [10, "1m"] }, async () => {
  if (taskContext().attempt < 3) throw bare(new Error(`attempt ${taskContext().attempt}`));
  return 7n;
});

/** Without the paths of the machine that recorded it. */
function bare<E extends Error>(error: E): E {
  return Object.assign(error, { stack: `${error.name}: ${error.message}` });
}

export const queuedTasks = [slow.spec, add.spec];

const sequence = flow("sequence", async (start: number) => {
  const first = await add(start, 1);
  const second = await add(first, 2);
  return label([first, second, undefined, Number.NaN]);
});

const all = flow("all", async () => {
  const branch = async (from: number): Promise<number> => add(await add(from, 1), from);
  return Promise.all([branch(1), branch(2), branch(3)]);
});

const race = flow("race", async () => {
  const winner = await Promise.race([slow("tortoise"), sleep("2h").then(() => "late"), add(1, 1)]);
  return [winner, await add(2, 2)];
});

const retry = flow("retry", async () => flaky());

const sleeping = flow("sleeping", async () => {
  const begun = now();
  await sleep("1d");
  return { slept: now() - begun, drawn: [random(), uuid()] };
});

const mapped = flow("mapped", async () => {
  const sums = add.map([1, 2, 3], unmapped(10));
  const order: number[] = [];
  for await (const sum of asCompleted(sums)) order.push(await sum.result());
  return [order, await sums.result(), await add(sums[0]!, sums[2]!)];
});

const failure = flow("failure", async () => {
  const texts: string[] = [];
  try {
    await fails("first");
  } catch (error) {
    texts.push(String(error));
  } finally {
    await sleep(1);
  }
  return fails(`second after ${texts.join()}`);
});

export const recordedFlows = {
  sequence: { spec: sequence.spec, input: 4 },
  all: { spec: all.spec, input: undefined },
  race: { spec: race.spec, input: undefined },
  retry: { spec: retry.spec, input: undefined },
  sleeping: { spec: sleeping.spec, input: undefined },
  mapped: { spec: mapped.spec, input: undefined },
  failure: { spec: failure.spec, input: undefined },
};
