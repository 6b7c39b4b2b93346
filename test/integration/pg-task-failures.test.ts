import { randomUUID } from "node:crypto";
import type { Pool, PoolClient } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { isFatal } from "../../src/engine/retry-policy.ts";
import { createCompletionTable, pgTask } from "../../src/postgres.ts";
import { Gate } from "../support/gate.ts";
import { attemptOf } from "../support/pg-attempts.ts";
import { hasPostgres, TestPostgres } from "../support/postgres-server.ts";
import { waitUntil } from "../support/wait-until.ts";

describe.skipIf(!hasPostgres())("a task in a transaction of PostgreSQL", () => {
  let postgres: TestPostgres;
  let pool: Pool;
  let run: string;
  beforeAll(async () => {
    postgres = await TestPostgres.start();
    pool = postgres.pool;
    await pool.query("CREATE TABLE notes (id serial PRIMARY KEY, text text NOT NULL)");
    await pool.query("CREATE TABLE links (note int REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED)");
  }, 60_000);
  afterAll(async () => postgres.stop());
  beforeEach(async () => {
    run = randomUUID();
    await pool.query("TRUNCATE notes, links");
    await createCompletionTable(pool);
  });

  const lazily = { connect: async (): Promise<PoolClient> => pool.connect() }; // tasks come before the server
  const write = async (client: PoolClient, text = "hello"): Promise<void> => {
    await client.query("INSERT INTO notes (text) VALUES ($1)", [text]);
  };

  /** How much is there of effects, and of records of this run. */
  const left = async (): Promise<{ notes: number; records: number }> => {
    const notes = await pool.query("SELECT 1 FROM notes");
    const records = await pool.query("SELECT 1 FROM millrace_completion WHERE run = $1", [run]);
    return { notes: notes.rows.length, records: records.rows.length };
  };
  const nothing = { notes: 0, records: 0 };

  /** Resolves when no transaction of a task is open. */
  const untilNobodyWorks = async (): Promise<void> =>
    waitUntil(
      async () => {
        const text =
          "SELECT query FROM pg_stat_activity WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
        expect((await pool.query(text)).rows).toEqual([]);
      },
      { timeoutMs: 10_000 },
    );

  test("that times out in a long statement is rolled back, and the statement is ended", async () => {
    const slow = pgTask(lazily, "slow", async (client) => {
      await write(client);
      await client.query("SELECT pg_sleep(600)");
    });

    const end = await attemptOf(slow, [], { run, timeoutMs: 300 });

    expect(end).toMatchObject({ ok: false, error: { code: "TASK_TIMED_OUT" } });
    await untilNobodyWorks();
    expect(await left()).toEqual(nothing);
  });

  test("that is stopped between two statements is rolled back at once, and cannot go on", async () => {
    const gate = new Gate();
    const stop = new AbortController();
    let later: Promise<unknown> = Promise.resolve();
    const held = pgTask(lazily, "held", async (client) => {
      await write(client);
      await gate.pass();
      later = client.query("INSERT INTO notes (text) VALUES ('too late')");
      await later;
    });
    const running = attemptOf(held, [], { run, stop: stop.signal });
    await gate.somebody();

    stop.abort(new Error("the run was cancelled"));

    expect(await running).toMatchObject({ ok: false, error: new Error("the run was cancelled") });
    await untilNobodyWorks();
    gate.open();
    await vi.waitFor(async () => expect(later).rejects.toThrow(), { timeout: 20_000 });
    expect(await left()).toEqual(nothing);
  });

  test("that is stopped while it waits for a connection takes none, and loses none", async () => {
    const small = postgres.newPool({ max: 1 });
    const stop = new AbortController();
    let calls = 0;
    const waiting = pgTask(small, "waiting", async () => {
      calls += 1;
    });
    const only = await small.connect();
    const running = attemptOf(waiting, [], { run, stop: stop.signal });
    await vi.waitUntil(() => small.waitingCount === 1, { timeout: 20_000 });

    stop.abort(new Error("the worker stops"));
    expect(await running).toMatchObject({ ok: false, error: new Error("the worker stops") });
    only.release();

    expect(await attemptOf(waiting, [], { run, stop: stop.signal })).toMatchObject({ ok: false });
    expect(calls).toBe(0);
    expect(await attemptOf(waiting, [], { run, attempt: 2 })).toMatchObject({ ok: true });
    expect(calls).toBe(1);
  });

  test.each(["COMMIT", "ROLLBACK", "COMMIT; BEGIN", "ROLLBACK; BEGIN"])(
    "whose function says %s is refused for good, and records nothing",
    async (text) => {
      const meddling = pgTask(lazily, "meddling", async (client) => {
        await client.query(text);
      });

      const end = await attemptOf(meddling, [], { run });

      expect(end).toMatchObject({ ok: false, error: { code: "COMMAND_REFUSED" } });
      expect(isFatal(end.ok || end.error)).toBe(true);
      expect(await left()).toEqual(nothing);
    },
  );

  test("may undo a part of its work with a savepoint", async () => {
    const careful = pgTask(lazily, "careful", async (client) => {
      await write(client, "kept");
      await client.query("SAVEPOINT part");
      await client.query("SELECT 1 / 0").catch(() => client.query("ROLLBACK TO part"));
    });

    expect(await attemptOf(careful, [], { run })).toMatchObject({ ok: true });
    expect(await left()).toEqual({ notes: 1, records: 1 });
  });

  test("whose function swallows an error of PostgreSQL fails, as nothing of it can be committed", async () => {
    const careless = pgTask(lazily, "careless", async (client) => {
      await write(client);
      await client.query("SELECT 1 / 0").catch(() => undefined);
    });

    expect(await attemptOf(careless, [], { run })).toMatchObject({ ok: false, error: { code: "25P02" } });
    expect(await left()).toEqual(nothing);
  });

  test("that breaks a constraint at COMMIT fails, and is undone", async () => {
    const dangling = pgTask(lazily, "dangling", async (client) => {
      await write(client);
      await client.query("INSERT INTO links (note) VALUES (-1)");
    });

    expect(await attemptOf(dangling, [], { run })).toMatchObject({ ok: false, error: { code: "23503" } });
    expect(await left()).toEqual(nothing);
  });

  test("that loses its connection between two statements fails, and the process lives", async () => {
    const cut = pgTask(lazily, "cut", async (client, isCut: boolean) => {
      await write(client);
      const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
      if (isCut) await pool.query("SELECT pg_terminate_backend($1, 5000)", [rows[0]?.pid]);
      await client.query("SELECT 1");
    });

    expect(await attemptOf(cut, [true], { run })).toMatchObject({ ok: false });
    expect(await left()).toEqual(nothing);
    expect(await attemptOf(cut, [false], { run, attempt: 2 })).toMatchObject({ ok: true });
    expect(await left()).toEqual({ notes: 1, records: 1 });
  });

  test("whose result the log would refuse is undone", async () => {
    const odd = pgTask(lazily, "odd", async (client) => {
      await write(client);
      return { fn: () => 1 };
    });
    const huge = pgTask(lazily, "huge", async (client) => {
      await write(client);
      return "x".repeat(1_100_000);
    });
    vi.stubEnv("MILLRACE_PAYLOAD_LIMIT_MB", "1");

    const ends = [await attemptOf(odd, [], { run }), await attemptOf(huge, [], { run })];
    vi.unstubAllEnvs();

    expect(ends).toMatchObject([
      { ok: false, error: { code: "OUTPUT_UNRECORDABLE" } },
      { ok: false, error: { code: "PAYLOAD_TOO_LARGE" } },
    ]);
    expect(await left()).toEqual(nothing);
    expect(await attemptOf(huge, [], { run, attempt: 2 })).toMatchObject({ ok: true });
    expect(await attemptOf(huge, [], { run, attempt: 3 })).toEqual({
      ok: true,
      value: "x".repeat(1_100_000),
    });
  });

  test("of a user who may not create the table says so, and works when somebody else has", async () => {
    await pool.query("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    await pool.query("CREATE ROLE poor LOGIN");
    await pool.query("DROP TABLE millrace_completion");
    const poor = postgres.newPool({ user: "poor" });
    const modest = pgTask(poor, "modest", async () => "done");

    const refused = await attemptOf(modest, [], { run });
    await createCompletionTable(pool);
    await pool.query("GRANT SELECT, INSERT, DELETE ON millrace_completion TO poor");
    await createCompletionTable(poor); // needs no right where it has nothing to do

    expect(refused).toMatchObject({
      ok: false,
      error: { code: "POSTGRES_UNFIT", message: expect.stringContaining("createCompletionTable()") },
    });
    expect(await attemptOf(modest, [], { run })).toEqual({ ok: true, value: "done" });
  });

  test("is refused when it is defined, if its options make no sense", () => {
    const isolation = "chaos" as "serializable";

    expect(() => pgTask(lazily, "x", { isolation }, async () => 1)).toThrow(
      "isolation must be one of read committed",
    );
    expect(() => pgTask(lazily, "x", { schema: "" }, async () => 1)).toThrow(
      '"" cannot be the name of a schema',
    );
  });
});
