import { afterAll, beforeAll, expect, inject, test } from "vitest";
import {
  createOperation,
  type OperationRecord,
  readOperation,
  readOperations,
  stopOperation,
  writeOperation,
} from "../../src/redis/operations.ts";
import { openRedisLog } from "../support/log-suite-redis.ts";

let opened: Awaited<ReturnType<typeof openRedisLog>>;
beforeAll(async () => {
  opened = await openRedisLog(inject("redisUrl"), 1);
});
afterAll(async () => opened.close());

const begun: OperationRecord = {
  id: "operation-1",
  action: "cancel",
  q: "flow:orders",
  reason: null,
  actor: "client:x",
  state: "running",
  total: 60,
  carriedOut: 0,
  skipped: 0,
  failed: 0,
  failures: [],
  takenOver: 0,
  startedAt: 1_000,
  updatedAt: 1_000,
  endedAt: null,
};

test("a command for many runs stays stopped, although the server that carries it out writes how far it is at that moment", async () => {
  const { redis, namespace } = opened;
  const of = [redis, namespace.name] as const;
  await createOperation(...of, begun, ["a", "b"]);

  const now = Date.now();
  expect(await stopOperation(...of, begun.id, now)).toMatchObject({ state: "stopped", endedAt: now });
  await writeOperation(...of, { ...begun, carriedOut: 20, updatedAt: now });

  const found = await readOperation(...of, begun.id);
  expect(found).toMatchObject({
    record: { state: "stopped", carriedOut: 20, endedAt: now },
    isAttended: false,
  });
  expect(await readOperations(...of)).toEqual([found]);
});

test("one that has ended is not stopped, and what ended more than a week ago is forgotten with its stop", async () => {
  const { redis, namespace } = opened;
  const of = [redis, namespace.name] as const;
  const [done, old] = [
    { ...begun, id: "operation-2", state: "done", endedAt: Date.now() } as const,
    { ...begun, id: "operation-3" },
  ];
  await createOperation(...of, done, []);
  await createOperation(...of, old, []);

  expect(await stopOperation(...of, done.id, Date.now() + 1)).toEqual(done);
  expect(await stopOperation(...of, "unknown", Date.now())).toBeNull();
  await stopOperation(...of, old.id, Date.now() - 8 * 24 * 3_600_000);

  const ids = (await readOperations(...of)).map(({ record }) => record.id);
  expect(ids).toContain(done.id);
  expect(ids).not.toContain(old.id);
  expect(await readOperation(...of, old.id)).toBeNull();
  await writeOperation(...of, old); // the id again
  expect((await readOperation(...of, old.id))?.record.state).toBe("running");
});
