import { randomUUID } from "node:crypto";
import type { Pool, PoolClient } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createCompletionTable, forgetCompletions, pgTask } from "../../src/postgres.ts";
import { attemptOf } from "../support/pg-attempts.ts";
import { hasPostgres, TestPostgres } from "../support/postgres-server.ts";

describe.skipIf(!hasPostgres())("a task in a transaction of PostgreSQL", () => {
  let postgres: TestPostgres;
  let pool: Pool;
  let run: string;
  beforeAll(async () => {
    postgres = await TestPostgres.start();
    pool = postgres.pool;
    await pool.query("CREATE TABLE orders (id serial PRIMARY KEY, item text NOT NULL)");
  }, 60_000);
  afterAll(async () => postgres.stop());
  beforeEach(async () => {
    run = randomUUID();
    await pool.query("TRUNCATE orders");
  });

  const lazily = { connect: async (): Promise<PoolClient> => pool.connect() }; // tasks come before the server

  const ordered = async (): Promise<string[]> =>
    (await pool.query<{ item: string }>("SELECT item FROM orders ORDER BY id")).rows.map(({ item }) => item);
  const recorded = async (): Promise<string[]> => {
    const text = "SELECT key FROM millrace_completion WHERE run = $1 ORDER BY key";
    return (await pool.query<{ key: string }>(text, [run])).rows.map(({ key }) => key);
  };

  let calls = 0;
  const order = pgTask(lazily, "order", async (client, item: string) => {
    calls += 1;
    await client.query("INSERT INTO orders (item) VALUES ($1)", [item]);
    return { item, at: new Date(0), parts: new Map([["n", 1n]]), nothing: undefined };
  });

  test("makes its table at the first use, also when many begin at once", async () => {
    await pool.query("DROP TABLE IF EXISTS millrace_completion");
    const keys = Array.from({ length: 12 }, (_, index) => `order#${index + 1}`);

    const ends = await Promise.all(keys.map(async (key) => attemptOf(order, ["tea"], { run, key })));

    expect(ends.filter(({ ok }) => !ok)).toEqual([]);
    expect(await recorded()).toEqual(keys.toSorted());
    expect(await ordered()).toHaveLength(12);
  });

  test("gives the recorded result to a second attempt, with its types, and does not call the function", async () => {
    const first = await attemptOf(order, ["tea"], { run });
    calls = 0;

    const second = await attemptOf(order, ["coffee"], { run, attempt: 2 });

    expect(first).toEqual({
      ok: true,
      value: { item: "tea", at: new Date(0), parts: new Map([["n", 1n]]), nothing: undefined },
    });
    expect(second).toEqual(first);
    expect(calls).toBe(0);
    expect(await ordered()).toEqual(["tea"]);
  });

  test("tells runs and keys apart, whatever characters they have", async () => {
    const keys = ["order#1", "order#2", "a/b[c'd]/order#1", "Ärger 🚂"];

    for (const key of keys) await attemptOf(order, [key], { run, key });
    await attemptOf(order, ["other"], { run: `${run}-2` });

    expect(await recorded()).toEqual(keys.toSorted());
    expect(await ordered()).toEqual([...keys, "other"]);
  });

  test("records no result at all, and null, and false, as they are", async () => {
    for (const value of [undefined, null, false, 0, ""]) {
      const give = pgTask(lazily, "give", async () => value);
      const key = `give#${String(value)}`;

      const ends = [await attemptOf(give, [], { run, key }), await attemptOf(give, [], { run, key })];

      expect(ends).toEqual([
        { ok: true, value },
        { ok: true, value },
      ]);
    }
  });

  test("called outside of a run, is a plain transaction without a record", async () => {
    const count = async (): Promise<unknown> =>
      (await pool.query("SELECT count(*) AS n FROM millrace_completion")).rows;
    await createCompletionTable(pool);
    const before = await count();

    const result = await order("tea");
    await expect(failing("standalone")).rejects.toThrow("after all");

    expect(result.item).toBe("tea");
    expect(await ordered()).toEqual(["tea"]);
    expect(await count()).toEqual(before);
  });

  const failing = pgTask(lazily, "failing", async (client, item: string) => {
    await client.query("INSERT INTO orders (item) VALUES ($1)", [item]);
    throw new Error("not after all");
  });

  test("that fails leaves nothing behind, and works at the next attempt", async () => {
    let attempts = 0;
    const moody = pgTask(lazily, "moody", async (client, item: string) => {
      await client.query("INSERT INTO orders (item) VALUES ($1)", [item]);
      attempts += 1;
      if (attempts === 1) throw new Error("not now");
      return attempts;
    });

    const first = await attemptOf(moody, ["tea"], { run });
    const between = await ordered();
    const second = await attemptOf(moody, ["tea"], { run, attempt: 2 });

    expect(first).toMatchObject({ ok: false, error: new Error("not now") });
    expect(between).toEqual([]);
    expect(second).toEqual({ ok: true, value: 2 });
    expect(await ordered()).toEqual(["tea"]);
  });

  test.each(["read committed", "repeatable read", "serializable"] as const)(
    "runs %s when told",
    async (level) => {
      const show = pgTask(lazily, `show ${level}`, { isolation: level }, async (client) => {
        const { rows } = await client.query<{ level: string }>(
          "SELECT current_setting('transaction_isolation') AS level",
        );
        return rows[0]?.level;
      });

      expect(await attemptOf(show, [], { run })).toEqual({ ok: true, value: level });
    },
  );

  test("keeps its table in the schema that it was told, whatever the name", async () => {
    const schema = `Strange "name" ${run.slice(0, 8)}`;
    const own = pgTask(lazily, "own", { schema }, async () => 1);

    const ends = [await attemptOf(own, [], { run }), await attemptOf(own, [], { run })];
    await createCompletionTable(pool, { schema }); // is there already

    expect(ends.every(({ ok }) => ok)).toBe(true);
    expect(await recorded()).toEqual([]);
    const { rows } = await pool.query("SELECT 1 FROM pg_tables WHERE schemaname = $1", [schema]);
    expect(rows).toHaveLength(1);
  });

  test("forgets completions that are old enough, and no others", async () => {
    await attemptOf(order, ["old"], { run, key: "order#1" });
    await attemptOf(order, ["new"], { run, key: "order#2" });
    const age =
      "UPDATE millrace_completion SET created_at = created_at - interval '8 days' WHERE run = $1 AND key = $2";
    await pool.query(age, [run, "order#1"]);

    const count = await forgetCompletions(pool, { olderThan: "7d" });

    expect(count).toBe(1);
    expect(await recorded()).toEqual(["order#2"]);
    expect(await forgetCompletions(pool, { olderThan: "7d", schema: "nowhere" })).toBe(0);
  });

  test("gives every connection back", async () => {
    const small = postgres.newPool({ max: 2 });
    const one = pgTask(small, "one", async (client, item: string) => {
      if (item === "bad") throw new Error("bad");
      await client.query("INSERT INTO orders (item) VALUES ($1)", [item]);
    });

    const items = Array.from({ length: 20 }, (_, index) => (index % 3 === 0 ? "bad" : "good"));
    await Promise.all(items.map(async (item, index) => attemptOf(one, [item], { run, key: `one#${index}` })));

    expect([small.idleCount, small.waitingCount]).toEqual([small.totalCount, 0]);
    expect(await ordered()).toHaveLength(items.filter((item) => item === "good").length);
  });
});
