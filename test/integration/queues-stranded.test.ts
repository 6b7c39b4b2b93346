import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { openConnection, toAddress } from "../../src/redis/connect.ts";
import { queueKey } from "../../src/redis/keys.ts";
import type { RedisConnection } from "../../src/redis/script.ts";
import { Queues } from "../../src/workers/queues.ts";

const lane = { flow: "report", queue: "default" };
const namespace = `stranded-${randomUUID()}`;

function hint(run: string, delayMs = 0): Parameters<Queues["hintTasks"]>[0][number] {
  return { ...lane, run, task: "square", key: "square#1", position: 4, attempt: 1, delayMs, crashes: 0 };
}

let redis: RedisConnection;
let queues: Queues;
beforeEach(() => {
  const address = toAddress(inject("redisUrl"));
  redis = openConnection(address);
  queues = new Queues(redis, address, namespace);
});
afterEach(async () => {
  await queues.close();
  redis.disconnect();
});

const waitKey = `${queueKey(namespace, `${lane.queue}/${lane.flow}`).prefix}:tasks:wait`;

test("hints whose list was deleted are offered again, although their records stand in the way", async () => {
  const hints = ["a", "b", "c"].map((run) => hint(run));
  await queues.hintTasks(hints);
  expect(await redis.llen(waitKey)).toBe(3);
  await redis.del(waitKey);

  await queues.hintTasks(hints);
  expect(await redis.llen(waitKey)).toBe(0); // why this test exists
  await queues.hintTasksAgain(hints);

  expect((await redis.lrange(waitKey, 0, -1)).map((id) => id.slice(0, 1)).toSorted()).toEqual([
    "a",
    "b",
    "c",
  ]);
});

test("hints of runs are offered again, too, and stay one each as long as nobody takes them", async () => {
  const due = ["f", "g"].map((run) => ({ ...lane, run, cause: "due" }));
  const runsKey = waitKey.replace(":tasks:", ":runs:");
  for (let time = 0; time < 3; time += 1) await queues.hintRunsAgain(due);
  expect(await redis.llen(runsKey)).toBe(2);
  await redis.del(runsKey);

  await queues.hintRunsAgain(due);

  expect((await redis.lrange(runsKey, 0, -1)).toSorted()).toEqual(["f.due", "g.due"]);
});

test("hints that wait are hinted again without becoming more", async () => {
  const hints = ["d", "e"].map((run) => hint(run));
  await queues.hintTasks(hints);
  const before = await redis.llen(waitKey);

  await queues.hintTasksAgain(hints);

  expect(await redis.llen(waitKey)).toBe(before);
});
