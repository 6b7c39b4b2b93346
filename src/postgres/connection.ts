/** What a query answers; the shape of node-postgres. */
export interface PgResult {
  readonly rows: readonly unknown[];
  readonly rowCount: number | null; // null = the statement counts no rows
}

/** One connection, as node-postgres' `PoolClient` is. */
export interface PgClient {
  query(text: string, values?: unknown[]): Promise<PgResult>;
  /** Gives the connection back; with an error or `true` it is closed instead. */
  release(error?: Error | boolean): void;
  on(event: "error", listener: (error: Error) => void): unknown;
  removeListener(event: "error", listener: (error: Error) => void): unknown;
}

/** Connections to PostgreSQL, as node-postgres' `Pool` is. Millrace does not load a driver of its own. */
export interface PgPool {
  connect(): Promise<PgClient>;
}

/** The connections that a pool gives: with node-postgres, its own `PoolClient`. */
export type PgClientOf<Pool extends PgPool> = Pool extends { connect(): Promise<infer Only> }
  ? unknown extends Only
    ? // node-postgres also takes a callback, and inference looks at the last overload
      Pool extends { connect(): Promise<infer First>; connect(callback: (...args: never[]) => void): void }
      ? First
      : PgClient
    : Only
  : never;

/** Closes the connection of a backend that is still in the transaction which began then; it rolls back. */
const endBackend =
  "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND xact_start = $2::timestamptz";

interface OpenTransaction {
  readonly pid: number; // of the backend
  readonly since: string; // its start, as PostgreSQL writes it: tells it from a later one
}

/** A connection of a pool for one attempt: closed at once when `signal` fires, and given back once. */
export class Lease<Client extends PgClient = PgClient> {
  readonly client: Client;
  readonly #pool: PgPool;
  readonly #signal: AbortSignal | null;
  readonly #lost: Promise<never>;
  #reject: (reason: unknown) => void = () => undefined;
  #transaction: OpenTransaction | null = null;
  #isOver = false;
  readonly #ignore = (): void => undefined; // a connection that breaks fails its next query: that is told
  readonly #abandon = (): void => this.#close();

  private constructor(pool: PgPool, client: Client, signal: AbortSignal | null) {
    this.client = client;
    this.#pool = pool;
    this.#signal = signal;
    this.#lost = new Promise<never>((_, reject) => {
      this.#reject = reject;
    });
    this.#lost.catch(() => undefined); // who waits for something, waits for this too
    client.on("error", this.#ignore); // without a listener, Node ends the process
    signal?.addEventListener("abort", this.#abandon, { once: true });
  }

  /** Takes a connection. Rejects with the reason of `signal` when that fires first; the connection goes back then. */
  static async take<Pool extends PgPool>(
    pool: Pool,
    signal: AbortSignal | null,
  ): Promise<Lease<PgClientOf<Pool>>> {
    signal?.throwIfAborted();
    const taken = pool.connect();
    if (signal === null) return new Lease(pool, toOwn<Pool>(await taken), null);
    let forget = (): void => undefined;
    const aborted = new Promise<never>((_, reject) => {
      const onAbort = (): void => {
        taken.then(
          (client) => client.release(),
          () => undefined, // there is nothing to give back
        );
        reject(toReason(signal));
      };
      signal.addEventListener("abort", onAbort, { once: true });
      forget = () => signal.removeEventListener("abort", onAbort);
    });
    try {
      const client = await Promise.race([taken, aborted]);
      if (signal.aborted) throw toReason(signal); // both came at once: `onAbort` gives it back
      return new Lease(pool, toOwn<Pool>(client), signal);
    } finally {
      forget();
    }
  }

  /** What `pending` gives, unless the signal fires first. */
  async during<T>(pending: Promise<T>): Promise<T> {
    pending.catch(() => undefined); // what comes after the signal is nobody's
    return Promise.race([pending, this.#lost]);
  }

  /** The result of the last statement of `text`. */
  async query(text: string, values?: unknown[]): Promise<PgResult> {
    this.#signal?.throwIfAborted();
    const answer = await this.during(this.client.query(text, values));
    // Several statements in one text give several results, which the type of `query` does not say.
    const results: unknown = answer;
    return Array.isArray(results) ? toResult(results.at(-1)) : answer;
  }

  /** Begins a transaction: one trip says that, marks it, and asks who serves it. */
  async begin(text: string): Promise<void> {
    const marked = `${text}; SELECT set_config('${marker}', 'open', true), pg_backend_pid() AS pid, now()::text AS since`;
    const [row] = (await this.query(marked)).rows;
    this.#transaction = { pid: Number(fieldOf(row, "pid")), since: String(fieldOf(row, "since")) };
  }

  async commit(): Promise<void> {
    await this.query("COMMIT");
    this.#transaction = null;
  }

  /** Undoes the open transaction; a connection that cannot is closed, which undoes it too. */
  async rollBack(): Promise<void> {
    if (this.#isOver) return;
    try {
      await this.query("ROLLBACK");
      this.#transaction = null;
    } catch {
      this.#close(); // why does not matter any more: the server rolls back what has lost its client
    }
  }

  /** Gives the connection back. Must be the last call. */
  end(): void {
    if (this.#isOver) return;
    if (this.#transaction !== null) return this.#close();
    this.#isOver = true;
    this.#signal?.removeEventListener("abort", this.#abandon);
    this.client.removeListener("error", this.#ignore);
    this.client.release();
  }

  /** Closes the connection. A statement under way would go on without us, so its backend is ended, too. */
  #close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#signal?.removeEventListener("abort", this.#abandon);
    this.client.release(true);
    if (this.#signal?.aborted === true) this.#reject(toReason(this.#signal));
    else this.#reject(new Error("The connection to PostgreSQL was closed."));
    if (this.#transaction !== null) void endQuietly(this.#pool, this.#transaction);
  }
}

/** A setting of the transaction: gone when the transaction has ended, whoever ended it. */
export const marker = "millrace.transaction";

async function endQuietly(pool: PgPool, { pid, since }: OpenTransaction): Promise<void> {
  try {
    const client = await pool.connect();
    try {
      await client.query(endBackend, [pid, since]);
    } finally {
      client.release();
    }
  } catch {
    // Without a connection nothing can be ended; the server ends the transaction when it writes to the closed one.
  }
}

export function toReason(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new Error("The task was stopped.", { cause: reason });
}

/** The field of a row, whatever the row is. */
export function fieldOf(row: unknown, name: string): unknown {
  return typeof row === "object" && row !== null ? Reflect.get(row, name) : undefined;
}

function toResult(value: unknown): PgResult {
  const rows = fieldOf(value, "rows");
  const count = fieldOf(value, "rowCount");
  return { rows: Array.isArray(rows) ? rows : [], rowCount: typeof count === "number" ? count : null };
}

function toOwn<Pool extends PgPool>(client: PgClient): PgClientOf<Pool> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type is what `connect` of this pool gives
  return client as PgClientOf<Pool>;
}
