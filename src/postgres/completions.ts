import { type Duration, toMs } from "../base/durations.ts";
import { EngineError } from "../base/errors.ts";
import { fatal } from "../engine/retry-policy.ts";
import { fieldOf, marker, type PgClient, type PgPool, type PgResult } from "./connection.ts";
import { isDenied, isUndefinedSchema, isUndefinedTable } from "./pg-error.ts";

/** Where the completions of tasks lie. */
export interface CompletionPlace {
  readonly schema?: string; // default "public"
}

/** A table of completions in one schema; its names are ready for SQL. */
export interface CompletionTable {
  readonly schema: string;
  readonly name: string; // with its schema
}

/** Which task run a completion belongs to. */
export interface CompletionKey {
  readonly run: string;
  readonly key: string;
}

type Query = (text: string, values?: unknown[]) => Promise<PgResult>;

const longestName = 63; // bytes; PostgreSQL cuts what is longer

/** @throws EngineError OPTION_INVALID */
export function completionTable({ schema = "public" }: CompletionPlace = {}): CompletionTable {
  const isName = schema !== "" && Buffer.byteLength(schema) <= longestName && !schema.includes("\0");
  if (!isName) {
    throw new EngineError(
      "OPTION_INVALID",
      `${JSON.stringify(schema)} cannot be the name of a schema: 1 to ${longestName} bytes.`,
      { schema },
    );
  }
  const quoted = `"${schema.replaceAll('"', '""')}"`;
  return { schema: quoted, name: `${quoted}.millrace_completion` };
}

/**
 * Makes the table `millrace_completion`, and its schema, unless they are there. A task does so by itself when it misses
 * the table; call this in a migration when tasks run as a user who may not create tables.
 * @throws EngineError POSTGRES_UNFIT when this user may not
 */
export async function createCompletionTable(pool: PgPool, place: CompletionPlace = {}): Promise<void> {
  const table = completionTable(place);
  const client = await pool.connect();
  try {
    await ensureTable(queryOf(client), table);
  } finally {
    client.release();
  }
}

/**
 * Deletes the completions that are older than that by the clock of the database; gives their number. A task that was
 * done and is not in the log yet must keep its own: give more than the longest time that you leave a run without workers.
 */
export async function forgetCompletions(
  pool: PgPool,
  options: CompletionPlace & { readonly olderThan: Duration },
): Promise<number> {
  const { name } = completionTable(options);
  const text = `DELETE FROM ${name} WHERE created_at < clock_timestamp() - $1::float8 * interval '1 millisecond'`;
  const client = await pool.connect();
  try {
    return (await client.query(text, [toMs(options.olderThan)])).rowCount ?? 0;
  } catch (error) {
    if (isUndefinedTable(error)) return 0; // no task has needed it yet
    throw error;
  } finally {
    client.release();
  }
}

/** The output that was recorded for a task run; null = none. Makes the table when it is missing. */
export async function readCompletion(
  query: Query,
  table: CompletionTable,
  { run, key }: CompletionKey,
): Promise<Uint8Array | null> {
  const text = `SELECT output FROM ${table.name} WHERE run = $1 AND key = $2`;
  try {
    const [row] = (await query(text, [run, key])).rows;
    return row === undefined ? null : toBytes(fieldOf(row, "output"));
  } catch (error) {
    if (!isUndefinedTable(error)) throw error;
    await ensureTable(query, table);
    return null; // whoever made it in between is told by the primary key
  }
}

/**
 * Records the output in the transaction that is open. Fails with a unique violation when the task run has one already.
 * @throws EngineError COMMAND_REFUSED when the task's function has ended the transaction that it was given
 */
export async function recordCompletion(
  query: Query,
  table: CompletionTable,
  { run, key, output }: CompletionKey & { readonly output: Uint8Array },
): Promise<void> {
  const text =
    `INSERT INTO ${table.name} (run, key, output) SELECT $1::text, $2::text, $3::bytea ` +
    `WHERE current_setting('${marker}', true) = 'open'`;
  const { rowCount } = await query(text, [run, key, Buffer.from(output)]);
  if (rowCount === 1) return;
  const error = new EngineError(
    "COMMAND_REFUSED",
    `Task ${key} has ended the transaction that it was given, so its completion cannot be recorded in it. Leave BEGIN, ` +
      `COMMIT and ROLLBACK to pgTask; use SAVEPOINT for parts, and throw an error to undo everything.`,
    { run, key },
  );
  throw fatal(error); // what it has committed would be done twice
}

const lock = "7883951835720016741"; // "millrace" as a number; IF NOT EXISTS alone fails when two create at once

async function ensureTable(query: Query, table: CompletionTable): Promise<void> {
  const [row] = (await query("SELECT to_regclass($1) IS NOT NULL AS found", [table.name])).rows;
  if (fieldOf(row, "found") === true) return; // CREATE needs a right even where it has nothing to do
  const create =
    `CREATE TABLE IF NOT EXISTS ${table.name} (run text NOT NULL, key text NOT NULL, output bytea NOT NULL, ` +
    `created_at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (run, key))`;
  const begin = `SELECT pg_advisory_xact_lock(${lock})`; // one text, one transaction
  try {
    await query(`${begin}; ${create}`).catch(async (error: unknown) => {
      if (!isUndefinedSchema(error)) throw error;
      return query(`${begin}; CREATE SCHEMA IF NOT EXISTS ${table.schema}; ${create}`);
    });
  } catch (error) {
    if (isDenied(error)) throw mayNotCreate(table, error);
    throw error;
  }
}

function mayNotCreate(table: CompletionTable, cause: unknown): EngineError {
  return new EngineError(
    "POSTGRES_UNFIT",
    `The table ${table.name} is missing, and the user of this pool may not create it. Call createCompletionTable() once ` +
      `with a user that may, and grant this one SELECT, INSERT and DELETE on it; or give the option \`schema\`.`,
    { table: table.name },
    cause,
  );
}

const queryOf =
  (client: PgClient): Query =>
  async (text, values) =>
    client.query(text, values);

/** Drivers give `bytea` as bytes; one that was told otherwise gives PostgreSQL's own form. */
function toBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  return Buffer.from(String(value).replace(/^\\x/, ""), "hex");
}
