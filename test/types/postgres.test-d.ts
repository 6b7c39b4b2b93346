import { Pool, type PoolClient } from "pg";
import { expectTypeOf } from "vitest";
import type { Future, Task } from "../../src/index.ts";
import {
  type PgClient,
  type PgClientOf,
  type PgPool,
  type PgTaskOptions,
  pgTask,
} from "../../src/postgres.ts";

const pool = new Pool();

// a pool of node-postgres is one, and the function gets its own connection
expectTypeOf<PgClientOf<Pool>>().toEqualTypeOf<PoolClient>();
expectTypeOf<PgClientOf<PgPool>>().toEqualTypeOf<PgClient>();
expectTypeOf<PgClientOf<{ connect(): Promise<PoolClient> }>>().toEqualTypeOf<PoolClient>();

const book = pgTask(pool, "book", async (client, account: string, cents?: number) => {
  expectTypeOf(client).toEqualTypeOf<PoolClient>();
  const { rows } = await client.query<{ id: number }>("SELECT 1 AS id", [account, cents]);
  return rows;
});

// what comes out is a task like others; the connection is not an argument of it
expectTypeOf(book).toEqualTypeOf<Task<[account: string, cents?: number | undefined], { id: number }[]>>();
expectTypeOf(book("ada")).toEqualTypeOf<Promise<{ id: number }[]>>();
expectTypeOf(book.submit("ada", 5)).toEqualTypeOf<Future<{ id: number }[]>>();
// @ts-expect-error a wrong argument
void book(5);
// @ts-expect-error the connection is given by the pool
void book(await pool.connect(), "ada");

// options are those of tasks; `key` knows the arguments when the function says the type of its connection, too
interface Order {
  readonly id: string;
}
const keyed = pgTask(
  pool,
  "keyed",
  { retries: 2, schema: "billing", isolation: "serializable", key: (order) => order.id },
  async (_client: PoolClient, order: Order, _suffix: string) => order.id,
);
expectTypeOf(keyed).toEqualTypeOf<Task<[order: Order, _suffix: string], string>>();
expectTypeOf(keyed.withOptions({ retries: 1 })).toEqualTypeOf<typeof keyed>();
expectTypeOf<PgTaskOptions["isolation"]>().toEqualTypeOf<
  "read committed" | "repeatable read" | "serializable" | undefined
>();
// @ts-expect-error an unknown level
pgTask(pool, "x", { isolation: "snapshot" }, async () => 1);
// @ts-expect-error an unknown option
pgTask(pool, "x", { isolaton: "serializable" }, async () => 1);
// @ts-expect-error not a pool
pgTask({ query: async () => [] }, "x", async () => 1);

// any driver of that shape will do
declare const other: { connect(): Promise<PgClient & { readonly own: "driver" }> };
pgTask(other, "other", async ({ own }) => {
  expectTypeOf(own).toEqualTypeOf<"driver">();
});
