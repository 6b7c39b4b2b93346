import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { untilHandedOver } from "./handed-over.ts";
import { waitUntil } from "./wait-until.ts";

const startTimeoutMs = 45_000;

export interface ServerOptions {
  readonly binary?: string; // default: redis-server, else valkey-server
  readonly settings?: Readonly<Record<string, string | number>>;
  readonly password?: string;
}

/** A Redis server of one test; it is stopped by its process id, never by a name. */
export interface TestServer {
  readonly port: number;
  readonly url: string;
  readonly folder: string; // its data; gone after `stop`
  /**
   * Ends the process as a crash would, under its writers; the data stays. With `appendfsync always` at once, else
   * when the system has what was acknowledged: see `untilHandedOver`.
   */
  readonly kill: () => Promise<void>;
  /** Ends the process cleanly, as SHUTDOWN does; the data stays. */
  shutdown(): Promise<void>;
  /** Starts again on the same port with the same data. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts a server on a free port, with an append-only file, and waits until it answers. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-server-"));
  const port = await freePort();
  const login = options.password === undefined ? "" : `:${encodeURIComponent(options.password)}@`;
  const url = `redis://${login}127.0.0.1:${port}`;
  let child = await launch(port, folder, url, options);

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (hasEnded(child)) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  };
  return {
    port,
    url,
    folder,
    kill: async () => {
      if (options.settings?.["appendfsync"] !== "always" && !hasEnded(child)) await untilHandedOver(url);
      await end("SIGKILL");
    },
    shutdown: async () => end("SIGTERM"),
    restart: async () => {
      child = await launch(port, folder, url, options);
    },
    stop: async () => {
      await end("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;

async function launch(
  port: number,
  folder: string,
  url: string,
  { binary = defaultBinary(), settings = {}, password }: ServerOptions,
): Promise<ChildProcess> {
  const all = {
    port,
    bind: "127.0.0.1",
    dir: folder,
    logfile: join(folder, "log"),
    appendonly: "yes",
    save: "",
    "maxmemory-policy": "noeviction",
    ...(password === undefined ? {} : { requirepass: password, masterauth: password }),
    ...settings,
  };
  const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(binary, args, { stdio: "ignore" });
  const endWithUs = (): boolean => child.kill("SIGKILL"); // when vitest itself dies
  process.once("exit", endWithUs);
  child.once("exit", () => process.off("exit", endWithUs));
  child.on("error", () => undefined); // an unknown binary: told below
  const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on("error", () => undefined);
  try {
    await waitUntil(async () => ready(client, child), { timeoutMs: startTimeoutMs, intervalMs: 20 });
  } catch (error) {
    child.kill("SIGKILL");
    const log = await readFile(join(folder, "log"), "utf8").catch(() => "no log");
    throw new Error(`${binary} did not start:\n${log}`, { cause: error });
  } finally {
    client.disconnect();
  }
  return child;
}

async function ready(client: Redis, child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) throw new Error("the process has ended");
  const late = new Promise<never>((_, reject) =>
    setTimeout(() => reject(new Error("no answer")), 1_000).unref(),
  );
  await Promise.race([client.ping(), late]);
}

function defaultBinary(): string {
  return hasProgram("redis-server") ? "redis-server" : "valkey-server";
}

function hasProgram(name: string): boolean {
  return spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0;
}

/** The Valkey to test with: VALKEY_SERVER, else valkey-server on the PATH; null = there is none. */
export function findValkey(): string | null {
  const wanted = process.env["VALKEY_SERVER"] ?? "valkey-server";
  return hasProgram(wanted) ? wanted : null;
}

/** A TCP port that nobody listens on right now. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("No free port on 127.0.0.1");
  return address.port;
}
