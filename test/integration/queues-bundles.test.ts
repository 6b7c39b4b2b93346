import { randomUUID } from "node:crypto";
import { flow, task } from "millrace";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { openConnection, toAddress } from "../../src/redis/connect.ts";
import { queueKey } from "../../src/redis/keys.ts";
import type { RedisConnection } from "../../src/redis/script.ts";
import { bundled } from "../../src/workers/bundles.ts";
import { type Consumer, Queues } from "../../src/workers/queues.ts";
import { waitUntil } from "../support/wait-until.ts";
import { WorkerScene } from "../support/worker-scene.ts";

const lane = { flow: "report", queue: "default" };
const namespace = `bundles-${randomUUID()}`;
const hints = bundled(
  Array.from({ length: 640 }, (_, index) => {
    const key = `square#${index + 1}`;
    return {
      ...lane,
      run: "a",
      task: "square",
      key,
      position: 4 + index,
      attempt: 1,
      delayMs: 0,
      crashes: 0,
    };
  }),
);

let redis: RedisConnection;
let queues: Queues;
let consumer: Consumer | null;
beforeEach(() => {
  const address = toAddress(inject("redisUrl"));
  redis = openConnection(address);
  queues = new Queues(redis, address, namespace);
  consumer = null;
});
afterEach(async () => {
  await consumer?.close();
  await queues.close();
  redis.disconnect();
});

test("hints of a map travel in few jobs, and count as many while they wait", async () => {
  await queues.hintTasks(hints);
  await queues.hintTasks(hints); // those that wait do not become more

  const { prefix } = queueKey(namespace, `${lane.queue}/${lane.flow}`);
  expect(await redis.llen(`${prefix}:tasks:wait`)).toBe(40);
  expect(await queues.depth("tasks", lane.queue, lane.flow)).toMatchObject({ waiting: 640, active: 0 });
});

test("what a worker gives back comes before what else waits, while its job is under way", async () => {
  const jobs: (readonly string[])[] = [];
  consumer = await queues.consumeTasks({
    ...lane,
    concurrency: 1,
    consume: async () => true,
    takeBundle: async (taken) => {
      jobs.push(taken.map(({ key }) => key));
      if (jobs.length <= 2) await queues.hintTasksBack(taken); // all of it, and then again
    },
    onTrouble: () => undefined,
  });

  await queues.hintTasks(hints);
  await waitUntil(async () => expect(jobs.flat().length).toBe(640 + 32), { timeoutMs: 20_000 });

  expect(jobs[1]).toEqual(jobs[0]);
  expect(jobs[2]).toEqual(jobs[0]);
  expect(new Set(jobs.flat()).size).toBe(640);
});

const square = task("bundle_square", { queue: "default" }, async (n: number) => n * n);
const squares = flow("bundle_squares", async (count: number) => {
  const values = await square.map(Array.from({ length: count }, (_, n) => n)).result();
  return values.reduce((sum, value) => sum + value, 0);
});

test("a map of many tasks runs each of them once, over two workers with few places", async () => {
  const scene = await WorkerScene.open();
  try {
    const options = { concurrency: 3 };
    await Promise.all([
      scene.worker([squares.spec.name], options),
      scene.worker([squares.spec.name], options),
    ]);

    const run = await scene.start(squares.spec.name, 200);

    expect(await scene.result(run)).toBe((199 * 200 * 399) / 6);
    const begun = (await scene.events(run)).filter(({ type }) => type === "TaskStarted");
    expect(begun.length).toBe(200);
    expect(new Set(begun.map(({ actor }) => actor)).size).toBe(2);
    expect(scene.troubles).toEqual([]);
  } finally {
    await scene.end();
  }
});
