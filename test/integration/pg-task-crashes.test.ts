import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { CliScene, fixture } from "../support/cli.ts";
import { hasPostgres, TestPostgres } from "../support/postgres-server.ts";
import { waitUntil } from "../support/wait-until.ts";

/** Runs them three at a time: each is a process or two. */
async function inBatches<T>(jobs: readonly (() => Promise<T>)[]): Promise<readonly T[]> {
  const results: T[] = [];
  for (let at = 0; at < jobs.length; at += 3) {
    results.push(...(await Promise.all(jobs.slice(at, at + 3).map(async (job) => job()))));
  }
  return results;
}

const payments = fixture("payments.ts");

/** Each step of a pgTask at which its process may die, and how often the function is called in both lives. */
const steps: readonly (readonly [step: string, dieAt: string, calls: number])[] = [
  ["before BEGIN", "before:BEGIN", 1],
  ["after BEGIN", "after:BEGIN", 1],
  ["between its effects", "before:INSERT INTO payment", 2],
  ["after its effect", "after:INSERT INTO payment", 2],
  ["after the record of the completion", 'after:INSERT INTO "public".millrace_completion', 2],
  ["before COMMIT", "before:COMMIT", 2],
  ["after COMMIT and before the event", "after:COMMIT", 1],
  ["after the event", "confirm", 1],
];

describe.skipIf(!hasPostgres())(
  "a task in a transaction, whose process is killed with -9",
  { timeout: 180_000 },
  () => {
    let postgres: TestPostgres;
    let scene: CliScene;
    beforeAll(async () => {
      postgres = await TestPostgres.start();
    }, 60_000);
    afterAll(async () => postgres.stop());
    beforeEach(async () => {
      scene = new CliScene(inject("redisUrl"));
    });
    afterEach(async () => scene.end());

    /** A database of one case, so that they can run at the same time; gives its environment and a way to count. */
    async function database(name: string): Promise<{
      readonly env: Readonly<Record<string, string>>;
      readonly count: (sql: string) => Promise<number>;
    }> {
      await postgres.pool.query(`CREATE DATABASE ${name}`);
      const pool = postgres.newPool({ database: name, max: 1 });
      await pool.query("CREATE TABLE payment (id serial PRIMARY KEY, account text NOT NULL)");
      await pool.query("CREATE SEQUENCE calls");
      return {
        env: { ...postgres.env, PGDATABASE: name },
        count: async (sql) => Number((await pool.query<{ n: string }>(sql)).rows[0]?.n),
      };
    }

    const payCount = "SELECT count(*) AS n FROM payment";
    const recordCount = "SELECT count(*) AS n FROM millrace_completion";
    const callCount = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS n FROM calls";

    test("after any of its steps, is continued elsewhere, and has paid once", async () => {
      const results = await inBatches(
        steps.map(([step, dieAt], index) => async () => {
          const { env, count } = await database(`script_${index}`);
          const script = scene.script(payments, ["ada"], { ...env, DIE_AT: dieAt });
          const died = await script.ended;
          const [, name = ""] = /Beginning flow run '([\w-]+)'/.exec(died.err) ?? [];
          const resumed = await scene.run(["resume", name], env);
          return {
            step,
            died: died.code,
            code: resumed.code,
            isPaid: /^"paid \d+"$/m.test(resumed.out),
            payments: await count(payCount),
            records: await count(recordCount),
            calls: await count(callCount),
          };
        }),
      );

      expect(results).toEqual(
        steps.map(([step, , calls]) => ({
          step,
          died: 137,
          code: 0,
          isPaid: true,
          payments: 1,
          records: 1,
          calls,
        })),
      );
    });

    test("in a worker, is done by another one, and has paid once", async () => {
      const cases = steps.filter(([, dieAt]) => /^(before|after):(COMMIT|INSERT INTO "public")/.test(dieAt));

      const results = await Promise.all(
        cases.map(async ([step, dieAt], index) => {
          const { env, count } = await database(`worker_${index}`);
          const own = { ...env, MILLRACE_NAMESPACE: `${scene.namespace}-${index}` };
          const first = scene.start(["worker", payments], { ...own, DIE_AT: dieAt });
          await waitUntil(async () => expect(first.err).toContain("is ready"), { timeoutMs: 120_000 });
          const watching = scene.start(["run", "sent_payment", "-p", "account=ada", "--watch"], own);
          const died = await first.ended;
          scene.start(["worker", payments], own);
          const { code, out } = await watching.ended;
          const isPaid = /^"paid \d+"$/m.test(out);
          return { step, died: died.code, code, isPaid, payments: await count(payCount) };
        }),
      );

      expect(results).toEqual(
        cases.map(([step]) => ({ step, died: 137, code: 0, isPaid: true, payments: 1 })),
      );
    });
  },
);
