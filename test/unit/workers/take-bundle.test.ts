import { beforeEach, expect, test } from "vitest";
import type { TaskHint } from "../../../src/workers/run-ports.ts";
import { takeBundle } from "../../../src/workers/take-bundle.ts";
import { TaskPlaces } from "../../../src/workers/task-places.ts";
import { HandClock } from "../../support/hand-clock.ts";

const names = ["a", "b", "c", "d", "e"];
const hints = names.map(
  (key): TaskHint => ({
    run: "run",
    flow: "report",
    queue: "default",
    task: "square",
    key,
    position: 4,
    attempt: 1,
    delayMs: 0,
    crashes: 0,
  }),
);

let clock: HandClock;
let places: TaskPlaces;
let running: Map<string, (answer: boolean) => void>; // by key: ends a task
let given: string[]; // back to the queue, or alone
let troubles: unknown[];
let isStopping: boolean;
beforeEach(() => {
  clock = new HandClock();
  places = new TaskPlaces(2, clock);
  running = new Map();
  given = [];
  troubles = [];
  isStopping = false;
});

async function take({ key }: TaskHint): Promise<boolean> {
  return places.within(async () => hold(key));
}

async function hold(key: string): Promise<boolean> {
  return new Promise((resolve) => {
    running.set(key, resolve);
  });
}

function begin(takeOne = take): { readonly isOver: () => boolean; readonly over: Promise<void> } {
  let isOver = false;
  const over = takeBundle(hints, {
    places,
    clock,
    mustStop: () => isStopping,
    take: takeOne,
    giveBack: async (rest) => {
      given.push(...rest.map(({ key }) => key));
    },
    hint: async ({ key, delayMs }) => {
      given.push(`${key} alone after ${delayMs}`);
    },
    onTrouble: (error) => troubles.push(error),
  }).then(() => {
    isOver = true;
  });
  return { isOver: () => isOver, over };
}

async function end(key: string, answer = true): Promise<void> {
  running.get(key)?.(answer);
  running.delete(key);
  await clock.settled();
}

test("as much runs at once as there are places, and the rest follows as they come free", async () => {
  const bundle = begin();
  await clock.settled();
  expect([...running.keys()]).toEqual(["a", "b"]);

  for (const key of names) await end(key);

  await bundle.over;
  expect(given).toEqual([]);
});

test("what finds no place while none comes free is given back; the job ends with what has begun", async () => {
  const bundle = begin();
  await clock.settled();
  await clock.pass(199);
  expect(given).toEqual([]);
  await clock.pass(1);
  expect(given).toEqual(["c", "d", "e"]);

  await end("a");
  expect(bundle.isOver()).toBe(false);
  await end("b");

  await bundle.over;
  expect(running.size).toBe(0);
});

test("while places come free hints wait, but not for ever", async () => {
  const since = clock.now();
  begin();

  for (let time = 0; time < 20 && given.length === 0; time += 1) {
    places.freedAt = clock.now(); // as if tasks of another bundle came and went
    await clock.pass(150);
  }

  expect(given).toEqual(["c", "d", "e"]);
  expect(clock.now() - since).toBe(2_100); // the first look after two seconds
});

test("a job that found no place at all ends when there is one, so that the next job finds it", async () => {
  const others = ["other 0", "other 1"].map(async (key) => places.within(async () => hold(key)));
  const bundle = begin();
  await clock.pass(200);
  expect(given).toEqual(names);
  expect(bundle.isOver()).toBe(false);

  await end("other 0");

  await bundle.over;
  await end("other 1");
  await Promise.all(others);
});

test("a worker that stops gives the rest back at once, and ends the job with what it has begun", async () => {
  const bundle = begin();
  await clock.settled();

  isStopping = true;
  places.close();
  await clock.settled();
  expect(given).toEqual(["c", "d", "e"]);
  await end("a");
  await end("b");

  await bundle.over;
  expect(running.size).toBe(0);
});

test("a job that waits for a spare place does not keep a worker from stopping", async () => {
  const others = ["other 0", "other 1"].map(async (key) => places.within(async () => hold(key)));
  const bundle = begin();
  await clock.pass(200);
  expect(bundle.isOver()).toBe(false);

  isStopping = true;
  places.close();

  await bundle.over;
  await end("other 0");
  await end("other 1");
  await Promise.all(others);
});

test("a hint that cannot be served here is hinted alone, and a failure is of one hint", async () => {
  const bundle = begin(async (hint) => {
    if (hint.key === "a") throw new Error("Redis is away.");
    return hint.key !== "b";
  });

  await bundle.over;

  expect(given).toEqual(["b alone after 2000"]);
  expect(troubles).toEqual([new Error("Redis is away.")]);
});
