import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { freePort, startServer, type TestServer } from "./redis-server.ts";
import { waitUntil } from "./wait-until.ts";

/** A master, a replica of it, and a sentinel that puts the replica in its place. */
export interface SentinelGroup {
  readonly url: string;
  readonly master: TestServer;
  readonly replica: TestServer;
  readonly stop: () => Promise<void>;
}

const patience = { timeoutMs: 20_000, intervalMs: 50 };

/** null = this machine's Redis cannot be a sentinel. */
export async function startSentinelGroup(): Promise<SentinelGroup | null> {
  const master = await startServer();
  const replica = await startServer({ settings: { replicaof: `127.0.0.1 ${master.port}` } });
  const sentinel = await startSentinel(master.port);
  const stop = async (): Promise<void> => {
    await sentinel?.stop();
    await Promise.all([master.stop(), replica.stop()]);
  };
  if (sentinel !== null) return { url: sentinel.url, master, replica, stop };
  await stop();
  return null;
}

async function startSentinel(masterPort: number) {
  const folder = await mkdtemp(join(tmpdir(), "millrace-sentinel-"));
  const port = await freePort();
  const file = join(folder, "sentinel.conf");
  const lines = [
    `port ${port}`,
    "bind 127.0.0.1",
    `dir ${folder}`,
    `sentinel monitor group 127.0.0.1 ${masterPort} 1`,
    "sentinel down-after-milliseconds group 1000",
    "sentinel failover-timeout group 5000",
  ];
  await writeFile(file, `${lines.join("\n")}\n`);
  const child = spawn("redis-server", [file, "--sentinel"], { stdio: "ignore" });
  const endWithUs = (): boolean => child.kill("SIGKILL"); // when vitest itself dies
  process.once("exit", endWithUs);
  const stop = async (): Promise<void> => {
    process.off("exit", endWithUs);
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    }
    await rm(folder, { recursive: true, force: true });
  };
  child.on("error", () => undefined); // no such program: told below
  const client = new Redis(port, "127.0.0.1", { retryStrategy: () => 50, maxRetriesPerRequest: null });
  client.on("error", () => undefined);
  try {
    await waitUntil(async () => {
      if (child.pid === undefined || child.exitCode !== null) return;
      const replicas = await client.call("SENTINEL", "REPLICAS", "group");
      if (!Array.isArray(replicas) || replicas.length !== 1) throw new Error("It has not found the replica.");
    }, patience);
  } finally {
    client.disconnect();
  }
  if (child.pid !== undefined && child.exitCode === null)
    return { url: `redis+sentinel://127.0.0.1:${port}/group`, stop };
  await stop();
  return null;
}
