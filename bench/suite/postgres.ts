import type { Pool } from "pg";
import { hasPostgres, TestPostgres } from "../../test/support/postgres-server.ts";
import { freePort } from "../../test/support/redis-server.ts";
import type { StoreBytes } from "./session.ts";
import { NotAvailable } from "./words.ts";

/** A private PostgreSQL of one engine in one round, durable as Debian configures it. */
export interface BenchPostgres {
  readonly port: number;
  readonly pid: number;
  readonly version: string;
  readonly settings: string;
  /** A new, empty database. @returns its URL */
  readonly createDatabase: (name: string) => Promise<string>;
  readonly bytes: () => Promise<StoreBytes>;
  readonly stop: () => Promise<void>;
}

const settings = { max_connections: 300, shared_buffers: "256MB" };

export async function startPostgres(): Promise<BenchPostgres> {
  if (!hasPostgres())
    throw new NotAvailable("no PostgreSQL on this machine (Debian: apt-get install postgresql)");
  const port = await freePort();
  const server = await TestPostgres.start({ port, settings });
  const version = await scalar(server.pool, "SHOW server_version");
  return {
    port,
    pid: server.pid ?? 0,
    version: version.split(" ", 1)[0] ?? version,
    settings: "fsync on, synchronous_commit on, shared_buffers 256 MB",
    createDatabase: async (name) => {
      await server.pool.query(`CREATE DATABASE ${name}`);
      return `postgresql://${server.env["PGUSER"]}@127.0.0.1:${port}/${name}`;
    },
    bytes: async () => ({
      data: Number(await scalar(server.pool, "SELECT sum(pg_database_size(oid))::text FROM pg_database")),
      log: Number(await scalar(server.pool, "SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::text")),
    }),
    stop: async () => server.stop(),
  };
}

async function scalar(pool: Pool, query: string): Promise<string> {
  const { rows } = await pool.query<Record<string, unknown>>(query);
  return String(Object.values(rows[0] ?? {})[0]);
}
