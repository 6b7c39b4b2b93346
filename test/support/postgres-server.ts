import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Pool, type PoolConfig } from "pg";
import { waitUntil } from "./wait-until.ts";

const debianFolder = "/usr/lib/postgresql"; // one folder for each version, not on PATH
const programs = ["initdb", "postgres"];
const user = "millrace";
const startTimeoutMs = 30_000;

/** Ends the server, by its pid, when its standard input does: also when we die by kill -9. */
const guard = '"$@" & pid=$!; cat > /dev/null; kill -QUIT "$pid"; wait "$pid"; exit 0';

/** The folder of the newest PostgreSQL of this machine; "" = on PATH; null = there is none. */
function findBinaries(): string | null {
  const versions = existsSync(debianFolder) ? readdirSync(debianFolder) : [];
  const folders = versions
    .sort((one, other) => Number(other) - Number(one))
    .map((version) => join(debianFolder, version, "bin"));
  return [...folders, ""].find(hasPrograms) ?? null;
}

function hasPrograms(folder: string): boolean {
  return programs.every(
    (name) => spawnSync(join(folder, name), ["--version"], { stdio: "ignore" }).status === 0,
  );
}

/** Whether PostgreSQL is on this machine; `npm test` installs it where it can. */
export function hasPostgres(): boolean {
  return findBinaries() !== null;
}

export interface PostgresOptions {
  readonly port?: number; // on 127.0.0.1, for drivers that know no sockets; default: none
  readonly settings?: Readonly<Record<string, string | number>>;
}

/** A PostgreSQL of one test file, on a socket in a folder of its own; it is ended by its pid. */
export class TestPostgres {
  readonly folder: string;
  readonly pool: Pool;
  readonly #binaries: string;
  readonly #owner: Owner;
  readonly #options: PostgresOptions;
  readonly #pools: Pool[] = [];
  #child: ChildProcess | null = null;

  private constructor(binaries: string, options: PostgresOptions) {
    this.#binaries = binaries;
    this.#options = options;
    this.#owner = ownerOfServer();
    this.folder = mkdtempSync(join(tmpdir(), "millrace-postgres-"));
    this.pool = this.newPool();
  }

  static async start(options: PostgresOptions = {}): Promise<TestPostgres> {
    const binaries = findBinaries();
    if (binaries === null) throw new Error("No PostgreSQL for the tests (npm test installs one).");
    const server = new TestPostgres(binaries, options);
    try {
      server.#createCluster();
      await server.launch();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** Of the shell that watches it; the server is its child. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** What programs of the test need to find it. */
  get env(): Readonly<Record<string, string>> {
    return { PGHOST: this.folder, PGUSER: user, PGDATABASE: "postgres" };
  }

  /** A pool of its own; it is closed with the server. */
  newPool(config: PoolConfig = {}): Pool {
    const { port } = this.#options;
    const where = { host: this.folder, user, database: "postgres", ...(port === undefined ? {} : { port }) };
    const pool = new Pool({ ...where, max: 20, ...config });
    pool.on("error", () => undefined); // idle connections break when the server is killed
    this.#pools.push(pool);
    return pool;
  }

  #createCluster(): void {
    if (this.#owner.uid !== undefined && this.#owner.gid !== undefined) {
      chownSync(this.folder, this.#owner.uid, this.#owner.gid);
    }
    const args = ["-D", this.#data, "-U", user, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
    const made = spawnSync(join(this.#binaries, "initdb"), args, {
      ...this.#owner,
      cwd: this.folder,
      encoding: "utf8",
    });
    if (made.status !== 0) throw new Error(`initdb failed:\n${made.stdout}${made.stderr}`);
  }

  get #data(): string {
    return join(this.folder, "data");
  }

  /** Starts the server on its data, and waits until it answers. */
  async launch(): Promise<void> {
    const { port } = this.#options;
    const all = {
      listen_addresses: port === undefined ? "" : "127.0.0.1",
      ...(port === undefined ? {} : { port }),
      fsync: "on",
      max_connections: 60,
      ...this.#options.settings,
    };
    const settings = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const server = [join(this.#binaries, "postgres"), "-D", this.#data, "-k", this.folder, ...settings];
    const child = spawn("/bin/sh", ["-c", guard, "guard", ...server], {
      ...this.#owner,
      cwd: this.folder,
      stdio: ["pipe", "ignore", "pipe"],
    });
    this.#child = child;
    let log = "";
    child.stderr.on("data", (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4_000)));
    try {
      await waitUntil(async () => this.pool.query("SELECT 1"), { timeoutMs: startTimeoutMs });
    } catch (error) {
      throw new Error(`postgres did not start:\n${log}`, { cause: error });
    }
  }

  /** Ends the server at once, without a checkpoint, as a crash would; the data stays. */
  async crash(): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.stdin?.end();
    await ended;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#pools.map(async (pool) => pool.end()));
    await this.crash();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

/** PostgreSQL refuses root: then its own user has the server, else nobody. */
function ownerOfServer(): Owner {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync("/etc/passwd", "utf8").split("\n");
  const found = users.find((line) => line.startsWith("postgres:")) ?? "nobody:x:65534:65534";
  const [, , uid, gid] = found.split(":");
  return { uid: Number(uid), gid: Number(gid) };
}
