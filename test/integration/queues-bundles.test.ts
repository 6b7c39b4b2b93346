import { randomUUID } from "node:crypto";
import { flow, task } from "millrace";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { openConnection, toAddress } from "../../src/redis/connect.ts";
import { queueKey } from "../../src/redis/keys.ts";
import { dropLease, joinRoster } from "../../src/redis/roster.ts";
import type { RedisConnection } from "../../src/redis/script.ts";
import type { Consumer } from "../../src/workers/lane-consumer.ts";
import { LaneWorkers } from "../../src/workers/lane-workers.ts";
import { Queues } from "../../src/workers/queues.ts";
import { waitUntil } from "../support/wait-until.ts";
import { WorkerScene } from "../support/worker-scene.ts";

const lane = { flow: "report", queue: "default" };
const hints = Array.from({ length: 640 }, (_, index) => {
  const key = `square#${index + 1}`;
  const run = `run-${index % 64}`;
  return { ...lane, run, task: "square", key, position: 4 + index, attempt: 1, delayMs: 0, crashes: 0 };
});

let namespace: string;
let redis: RedisConnection;
let queues: Queues;
let consumer: Consumer | null;
beforeEach(() => {
  namespace = `bundles-${randomUUID()}`;
  const address = toAddress(inject("redisUrl"));
  redis = openConnection(address);
  queues = new Queues(redis, address, namespace);
  queues.expectTasks(lane, hints.length);
  consumer = null;
});
afterEach(async () => {
  await consumer?.close();
  await queues.close();
  redis.disconnect();
});

test("hints of many runs travel in few jobs, and count as many while they wait", async () => {
  await Promise.all(hints.map(async (hint) => queues.hintTasks([hint])));
  await queues.hintTasksAgain(hints.slice(0, 100)); // those that wait do not become more

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

test("workers that are alive and serve a lane are counted, each lane for itself", async () => {
  const serve = async (id: string, lanes: Record<string, string[]>): Promise<void> => {
    const rest = { host: "h", pid: 1, queues: [], flows: [], startedAt: 1, isLocal: false, code: {} };
    await joinRoster(redis, namespace, { ...rest, id, lanes });
  };
  await serve("a", { report: ["default"] });
  await serve("b", { report: ["default", "other"] });
  await serve("c", { invoice: ["default"] });
  await serve("d", { report: ["default"] });
  await dropLease(redis, namespace, "d"); // it died

  const workers = new LaneWorkers(redis, namespace);
  expect(workers.count("default/report")).toBeNull(); // not known yet
  const known = async (): Promise<void> => expect(workers.count("default/report")).toBe(2);
  await waitUntil(known, { timeoutMs: 10_000 });
  expect([workers.count("other/report"), workers.count("default/none")]).toEqual([1, 0]);
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
