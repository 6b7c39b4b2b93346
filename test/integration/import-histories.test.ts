import { randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { encodeValue } from "../../src/events/codec.ts";
import { TaskCompleted } from "../../src/events/task-events.ts";
import type { Namespace } from "../../src/redis/keys.ts";
import { runKey, shardKeys } from "../../src/redis/keys.ts";
import { openNamespace } from "../../src/redis/open-namespace.ts";
import { RedisPayloadStore } from "../../src/redis/payload-store.ts";
import { readEntries } from "../../src/redis/run-entries.ts";
import { Client } from "../../src/workers/client.ts";
import { exportRun } from "../../src/workers/export-runs.ts";
import { parseHistory, type StoredHistory } from "../../src/workers/history-file.ts";
import { importHistory } from "../../src/workers/import-histories.ts";
import { settingsFromEnvironment } from "../../src/workers/settings.ts";
import { createOwned, first } from "../support/log-suite-events.ts";
import { keysOf, type OpenRedisLog, openRedisLog } from "../support/log-suite-redis.ts";
import { historyOf, writeRun } from "../support/random-runs.ts";
import { SimRandom } from "../support/sim-random.ts";

const dir = mkdtempSync(join(tmpdir(), "millrace-export-"));
let opened: OpenRedisLog;
let client: Client;
let to: Namespace;
beforeEach(async () => {
  opened = await openRedisLog(inject("redisUrl"), 2);
  const settings = settingsFromEnvironment();
  client = new Client({
    ...opened,
    settings,
    warnings: [],
    isThere: () => true,
    close: async () => undefined,
  });
  to = await openNamespace(opened.redis, `i${randomUUID().slice(0, 8)}`, 3);
});
afterEach(async () => {
  await client.close();
  await opened.close();
  rmSync(dir, { recursive: true, force: true });
});

async function exported(run: string): Promise<StoredHistory> {
  const { file } = await exportRun(client, run, dir);
  return parseHistory(readFileSync(file, "utf8"), file);
}

const place = (): Parameters<typeof importHistory>[0] => ({ redis: opened.redis, namespace: to });

test("what is imported is what was exported, byte by byte, and nobody takes it", async () => {
  const { redis, namespace } = opened;
  const random = new SimRandom(5);
  const runs = await Promise.all(
    Array.from({ length: 20 }, async () => writeRun(opened.log, historyOf(random))),
  );

  for (const run of runs) await importHistory(place(), await exported(run));

  for (const run of runs) {
    expect(await readEntries(redis, to, run)).toEqual(await readEntries(redis, namespace, run));
    expect(await redis.zscore(keysOf({ namespace: to }, run).runs, run)).toBe(
      await redis.zscore(keysOf({ namespace }, run).runs, run),
    );
  }
  for (const shard of [0, 1, 2]) {
    const { open, due, feed } = shardKeys(to, shard);
    expect(await redis.exists(open, due, feed)).toBe(0);
  }
  expect(readdirSync(dir)).toHaveLength(20);
});

test("values beside the stream come along", async () => {
  const run = await createOwned(opened.log);
  const bytes = encodeValue("x".repeat(100_000));
  const output = await client.payloads.put(run, bytes, "a result", null);
  const events = [TaskCompleted.make({ key: "a#1", attempt: 1, output })];
  const commit = { run, actor: "worker:w1", owner: first, batch: 2, seen: 1, events, dueInMs: null };
  await opened.log.commit({ ...commit, after: "keep" });

  await importHistory(place(), await exported(run));

  expect(await new RedisPayloadStore(opened.redis, to).get(run, [output])).toEqual([Buffer.from(bytes)]);
  await opened.redis.del(...(await opened.redis.keys(`*:payload:${run}:*`)));
  await expect(exportRun(client, run, dir)).rejects.toMatchObject({ code: "PAYLOAD_MISSING" });
});

test("an import goes on where an earlier one ended, and an older file changes nothing", async () => {
  const run = await writeRun(opened.log, historyOf(new SimRandom(6)));
  const whole = await exported(run);
  const half = { ...whole, entries: whole.entries.slice(0, 2) };

  expect(await importHistory(place(), half)).toMatchObject({ added: 2 });
  expect(await importHistory(place(), whole)).toMatchObject({ added: whole.entries.length - 2 });
  expect(await importHistory(place(), whole)).toMatchObject({ added: 0 });
  expect(await importHistory(place(), half)).toMatchObject({ added: 0 });
  expect(await readEntries(opened.redis, to, run)).toEqual(whole.entries);
});

test("another history under the same id, and a run that is open there, are left alone", async () => {
  const run = await writeRun(opened.log, historyOf(new SimRandom(7)));
  const history = await exported(run);
  await opened.redis.xadd(runKey(to, run), "1-0", "e", "something else");
  const own = await createOwned(opened.log);
  const longer = { ...history, header: { ...history.header, run: own } };
  const before = await readEntries(opened.redis, opened.namespace, own);

  await expect(importHistory(place(), history)).rejects.toMatchObject({ code: "COMMAND_REFUSED" });
  const { entries } = await exported(own);
  const more = { ...longer, entries: [...entries, ...history.entries.slice(1)] };
  const at = { redis: opened.redis, namespace: opened.namespace };
  await expect(importHistory(at, more)).rejects.toMatchObject({
    code: "COMMAND_REFUSED",
    message: expect.stringContaining("is open in namespace"),
  });
  expect(await readEntries(opened.redis, opened.namespace, own)).toEqual(before);
});
