import { afterAll, beforeAll, beforeEach, expect, inject, test, vi } from "vitest";
import { runKey } from "../../src/redis/keys.ts";
import { createOwned, newRunId, taskDone, tell } from "../support/log-suite-events.ts";
import { type OpenRedisLog, openRedisLog } from "../support/log-suite-redis.ts";

let open: OpenRedisLog;
let run: string;
beforeAll(async () => {
  open = await openRedisLog(inject("redisUrl"));
});
afterAll(async () => open.close());
beforeEach(async () => {
  run = await createOwned(open.log, newRunId());
  for (let index = 0; index < 8; index += 1) await tell(open.log, run, taskDone(`a#${index}`));
});

test("neighbours that are asked for in one tick come in one reply, each to whoever asked", async () => {
  const end = (await open.log.readAfter(run, 0)).length;
  const asked = [end, end - 2, end - 1, end - 5, end + 1];
  const ranges = vi.spyOn(open.redis, "xrangeBuffer");

  const found = await Promise.all(asked.map(async (position) => open.log.readEvent(run, position)));

  expect(found.map((event) => event?.position ?? null)).toEqual([end, end - 2, end - 1, end - 5, null]);
  expect(ranges).toHaveBeenCalledTimes(1);
  ranges.mockRestore();
});

test("what lies far apart, or in another run, is read by itself", async () => {
  const other = await createOwned(open.log, newRunId());
  const end = (await open.log.readAfter(run, 0)).length;
  const ranges = vi.spyOn(open.redis, "xrangeBuffer");

  const [last, first, another] = await Promise.all([
    open.log.readEvent(run, end),
    open.log.readEvent(run, 1),
    open.log.readEvent(other, 1),
  ]);

  expect([last?.position, first?.type, another?.run]).toEqual([end, "RunCreated", other]);
  expect(ranges).toHaveBeenCalledTimes(3);
  ranges.mockRestore();
});

test("a damaged event fails whoever asked for it, and nobody else", async () => {
  const key = runKey(open.namespace, run);
  const end = (await open.log.readAfter(run, 0)).length;
  await open.redis.xadd(key, `${end + 1}-0`, "e", "no event at all");

  const [whole, damaged] = await Promise.allSettled([
    open.log.readEvent(run, end),
    open.log.readEvent(run, end + 1),
  ]);

  expect(whole).toMatchObject({ status: "fulfilled", value: { position: end } });
  expect(damaged).toMatchObject({ status: "rejected", reason: { code: "EVENT_UNREADABLE" } });
});
