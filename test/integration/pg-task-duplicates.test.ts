import { randomUUID } from "node:crypto";
import type { Pool, PoolClient } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { pgTask } from "../../src/postgres.ts";
import { Gate } from "../support/gate.ts";
import { attemptOf } from "../support/pg-attempts.ts";
import { hasPostgres, TestPostgres } from "../support/postgres-server.ts";
import { watchedPool } from "../support/watched-pool.ts";

describe.skipIf(!hasPostgres())("attempts of one task run in PostgreSQL", () => {
  let postgres: TestPostgres;
  let pool: Pool;
  let run: string;
  beforeAll(async () => {
    postgres = await TestPostgres.start();
    pool = postgres.pool;
    await pool.query("CREATE TABLE seats (id serial PRIMARY KEY, guest text NOT NULL, number int UNIQUE)");
    await pool.query("CREATE TABLE stock (item text PRIMARY KEY, count int NOT NULL)");
  }, 60_000);
  afterAll(async () => postgres.stop());
  beforeEach(async () => {
    run = randomUUID();
    await pool.query("TRUNCATE seats");
    await pool.query(
      "INSERT INTO stock VALUES ('a', 5), ('b', 5) ON CONFLICT (item) DO UPDATE SET count = 5",
    );
  });

  const lazily = { connect: async (): Promise<PoolClient> => pool.connect() }; // tasks come before the server
  const guests = async (): Promise<string[]> =>
    (await pool.query<{ guest: string }>("SELECT guest FROM seats ORDER BY id")).rows.map(
      ({ guest }) => guest,
    );
  const seat = async (client: PoolClient, guest: string, number: number | null = null): Promise<void> => {
    await client.query("INSERT INTO seats (guest, number) VALUES ($1, $2)", [guest, number]);
  };

  test.each(["read committed", "repeatable read", "serializable"] as const)(
    "at the same time (%s): one is done, the others are undone and give its result",
    async (isolation) => {
      const gate = new Gate(5);
      const take = pgTask(lazily, `take ${isolation}`, { isolation }, async (client, guest: string) => {
        await seat(client, guest);
        await gate.pass(); // all are in their transactions now, and each has done its work
        return guest;
      });

      const names = ["one", "two", "three", "four", "five"];
      const ends = await Promise.all(names.map(async (name) => attemptOf(take, [name], { run })));

      const [winner = ""] = await guests();
      expect(names).toContain(winner);
      expect(await guests()).toEqual([winner]);
      expect(ends).toEqual(names.map(() => ({ ok: true, value: winner })));
    },
  );

  test("a zombie that goes on after its successor has ended is undone, and gives the successor's result", async () => {
    const gate = new Gate();
    const take = pgTask(lazily, "take", async (client, guest: string) => {
      await seat(client, guest);
      if (guest === "zombie") await gate.pass();
      return guest;
    });
    const zombie = attemptOf(take, ["zombie"], { run });
    await gate.somebody();

    const successor = await attemptOf(take, ["successor"], { run, attempt: 2 });
    gate.open();

    expect(successor).toEqual({ ok: true, value: "successor" });
    expect(await zombie).toEqual(successor);
    expect(await guests()).toEqual(["successor"]);
  });

  test("one that fails because the other has done the same work gives the other's result", async () => {
    const gate = new Gate();
    const take = pgTask(lazily, "take_number", async (client, guest: string) => {
      if (guest === "late") await gate.pass();
      await seat(client, guest, 7); // there is one seat of that number
      return guest;
    });
    const late = attemptOf(take, ["late"], { run });
    await gate.somebody();
    const early = await attemptOf(take, ["early"], { run, attempt: 2 });
    gate.open();

    expect(await late).toEqual(early);
    expect(await guests()).toEqual(["early"]);
    expect(await attemptOf(take, ["stranger"], { run, key: "take_number#2" })).toMatchObject({
      ok: false,
      error: { code: "23505" }, // another task run has no result to give
    });
  });

  test("are made again when PostgreSQL cannot order them (serializable)", async () => {
    const gate = new Gate(2);
    let calls = 0;
    const fill = pgTask(lazily, "fill", { isolation: "serializable" }, async (client, guest: string) => {
      calls += 1;
      const { rows } = await client.query<{ n: string }>("SELECT count(*) AS n FROM seats");
      await gate.pass();
      await seat(client, guest, Number(rows[0]?.n));
      return Number(rows[0]?.n);
    });

    const ends = await Promise.all([
      attemptOf(fill, ["ada"], { run, key: "fill#1" }),
      attemptOf(fill, ["bob"], { run, key: "fill#2" }),
    ]);

    expect(new Set(ends.map((end) => end.ok && end.value))).toEqual(new Set([0, 1]));
    expect(calls).toBeGreaterThan(2);
    expect(await guests()).toHaveLength(2);
  });

  test("are made again after a deadlock", async () => {
    const gate = new Gate(2);
    const move = pgTask(lazily, "move", async (client, from: string, to: string) => {
      await client.query("UPDATE stock SET count = count - 1 WHERE item = $1", [from]);
      await gate.pass();
      await client.query("UPDATE stock SET count = count + 1 WHERE item = $1", [to]);
    });

    const ends = await Promise.all([
      attemptOf(move, ["a", "b"], { run, key: "move#1" }),
      attemptOf(move, ["b", "a"], { run, key: "move#2" }),
    ]);

    expect(ends).toEqual([
      { ok: true, value: undefined },
      { ok: true, value: undefined },
    ]);
    expect((await pool.query("SELECT count FROM stock")).rows).toEqual([{ count: 5 }, { count: 5 }]);
  });

  test("are given up when PostgreSQL refuses five times", async () => {
    let calls = 0;
    const hopeless = pgTask(lazily, "hopeless", async (client) => {
      calls += 1;
      await client.query("DO $$ BEGIN RAISE EXCEPTION 'never' USING ERRCODE = '40001'; END $$");
    });

    expect(await attemptOf(hopeless, [], { run })).toMatchObject({ ok: false, error: { code: "40001" } });
    expect(calls).toBe(5);
  });

  test("the answer to COMMIT lost: what was done is found, and not done again", async () => {
    let calls = 0;
    let losses = 1;
    const lossy = watchedPool(pool, async (text, query) => {
      const result = await query();
      if (text === "COMMIT" && losses-- > 0) throw new Error("Connection terminated unexpectedly");
      return result;
    });
    const take = pgTask(lossy, "take", async (client, guest: string) => {
      calls += 1;
      await seat(client, guest);
      return guest;
    });

    expect(await attemptOf(take, ["ada"], { run })).toEqual({ ok: true, value: "ada" });
    expect(await guests()).toEqual(["ada"]);
    expect(calls).toBe(1);
  });

  test("the connection lost before COMMIT arrives: what was not done is done again", async () => {
    let calls = 0;
    let losses = 1;
    const lossy = watchedPool(pool, async (text, query, client) => {
      if (text === "COMMIT" && losses-- > 0) {
        const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
        await pool.query("SELECT pg_terminate_backend($1, 5000)", [rows[0]?.pid]);
      }
      return query();
    });
    const take = pgTask(lossy, "take", async (client, guest: string) => {
      calls += 1;
      await seat(client, guest);
      return guest;
    });

    expect(await attemptOf(take, ["ada"], { run })).toEqual({ ok: true, value: "ada" });
    expect(await guests()).toEqual(["ada"]);
    expect(calls).toBe(2);
  });

  test.each(["before", "after"])(
    "the server crashed %s COMMIT: the attempt says that nothing is known, and the next one knows",
    async (when) => {
      const lossy = watchedPool(pool, async (text, query) => {
        if (text !== "COMMIT") return query();
        const result = when === "after" ? await query() : null;
        await postgres.crash();
        if (result !== null) throw new Error("Connection terminated unexpectedly");
        return query();
      });
      const take = async (client: PoolClient, guest: string): Promise<string> => {
        await seat(client, guest);
        return guest;
      };

      const first = await attemptOf(pgTask(lossy, "take", take), ["ada"], { run });
      await postgres.launch();
      const second = await attemptOf(pgTask(lazily, "take", take), ["bob"], { run, attempt: 2 });

      expect(first).toMatchObject({ ok: false, error: { code: "COMMIT_UNKNOWN" } });
      const guest = when === "after" ? "ada" : "bob";
      expect(second).toEqual({ ok: true, value: guest });
      expect(await guests()).toEqual([guest]);
    },
  );
});
