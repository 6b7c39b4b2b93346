import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { payloadKey } from "../../src/redis/keys.ts";
import { inlineLimitBytes, RedisPayloadStore } from "../../src/redis/payload-store.ts";
import { newRunId } from "../support/log-suite-events.ts";
import { type OpenRedisLog, openRedisLog } from "../support/log-suite-redis.ts";

describe("recorded values", () => {
  let opened: OpenRedisLog;
  let store: RedisPayloadStore;
  beforeAll(async () => {
    opened = await openRedisLog(inject("redisUrl"));
    store = new RedisPayloadStore(opened.redis, opened.namespace, 1024 * 1024);
  });
  afterAll(async () => opened.close());

  test("of 32 KiB stay in the event", async () => {
    const bytes = randomBytes(inlineLimitBytes);

    const payload = await store.put(newRunId(), bytes, "The result of a");

    expect(payload).toBe(bytes);
    expect(await store.get("any", [payload])).toEqual([bytes]);
  });

  test("above 32 KiB go by reference and come back equal", async () => {
    const run = newRunId();
    const values = [randomBytes(inlineLimitBytes + 1), randomBytes(10), randomBytes(1024 * 1024)];

    const payloads = await Promise.all(values.map(async (bytes) => store.put(run, bytes, "The result of a")));

    expect(payloads.map((payload) => payload instanceof Uint8Array)).toEqual([false, true, false]);
    expect(payloads[2]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), 1024 * 1024]);
    const read = await store.get(run, payloads);
    expect(read.map((bytes, index) => Buffer.compare(bytes, values[index]!))).toEqual([0, 0, 0]);
  });

  test("that are a view into a larger buffer are stored alone", async () => {
    const run = newRunId();
    const view = new Uint8Array(randomBytes(100_000).buffer, 8, 40_000);

    const payload = await store.put(run, view, "The result of a");

    const [read] = await store.get(run, [payload]);
    expect(Buffer.compare(read!, view)).toBe(0);
  });

  test("above the limit are refused with the size and the way out", async () => {
    const put = store.put(newRunId(), randomBytes(1024 * 1024 + 1), "The result of task extract");

    await expect(put).rejects.toMatchObject({
      code: "PAYLOAD_TOO_LARGE",
      message: expect.stringMatching(/^The result of task extract .*1\.0 MiB.*return the path/),
      details: { sizeBytes: 1024 * 1024 + 1, limitBytes: 1024 * 1024 },
    });
  });

  test.each([
    ["missing", async (key: string) => opened.redis.del(key)],
    ["damaged", async (key: string) => opened.redis.setrange(key, 17, "?!")],
  ])("that are %s are reported with run and hash", async (word, harm) => {
    const run = newRunId();
    const payload = await store.put(run, Buffer.alloc(50_000, 7), "The result of a");
    const [sha256] = payload as readonly [string, number];
    await harm(payloadKey(opened.namespace, run, sha256));

    await expect(store.get(run, [payload])).rejects.toMatchObject({
      code: "PAYLOAD_MISSING",
      message: expect.stringMatching(new RegExp(`${run}.*${sha256}.*${word}`)),
      details: { run, sha256, sizeBytes: 50_000 },
    });
  });
});
