import type { Pool, PoolClient, QueryResult } from "pg";

/** What happens around each query of a pool's connections: a test may wait, fail, or end the process there. */
export type Around = (
  text: string,
  query: () => Promise<QueryResult>,
  client: PoolClient,
) => Promise<QueryResult>;

/** A real pool, with something of the test's around each query. */
export function watchedPool(pool: Pool, around: Around): { connect(): Promise<PoolClient> } {
  return {
    connect: async () => {
      const client = await pool.connect();
      const query = async (text: string, values?: unknown[]): Promise<QueryResult> =>
        around(text, async () => client.query(text, values), client);
      return new Proxy(client, {
        get: (target, name) => {
          if (name === "query") return query;
          const value: unknown = Reflect.get(target, name);
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
    },
  };
}
