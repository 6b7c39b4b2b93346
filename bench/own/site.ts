import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Durability } from "../../src/redis/embedded.ts";
import type { RedisConnection } from "../../src/redis/script.ts";
import { openStore, type Store, settingsFromEnvironment } from "../../src/workers/settings.ts";

/** A Redis of its own in a temporary directory; what runs here while it is open uses it. */
export interface Site {
  readonly dir: string;
  readonly store: Store;
  close(): Promise<void>;
}

/** Starts one; this process and its children find it through their environment. */
export async function openSite(durability: Durability): Promise<Site> {
  const dir = await newSiteDir(durability);
  const store = await openStore(settingsFromEnvironment());
  return {
    dir,
    store,
    close: async () => {
      await store.close();
      await removeSiteDir(dir);
    },
  };
}

/** An empty directory for a Redis that somebody else will start; remove it when done. */
export async function newSiteDir(durability: Durability): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "millrace-bench-"));
  delete process.env["MILLRACE_REDIS_URL"];
  process.env["MILLRACE_DIR"] = dir;
  process.env["MILLRACE_DURABILITY"] = durability;
  process.env["MILLRACE_LOG_FORMAT"] = "silent";
  process.env["MILLRACE_GUARD"] ??= "off"; // some workloads look at the clock in flow code
  return dir;
}

/** The server of it may still be on its way out, if somebody was killed who used it. */
export async function removeSiteDir(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}

/** CPU seconds of the server since its start. */
export async function redisCpuSeconds(redis: RedisConnection): Promise<number> {
  const info = await redis.info("cpu");
  return infoNumber(info, "used_cpu_sys") + infoNumber(info, "used_cpu_user");
}

export async function usedMemoryBytes(redis: RedisConnection): Promise<number> {
  return infoNumber(await redis.info("memory"), "used_memory");
}

function infoNumber(info: string, field: string): number {
  const match = new RegExp(`^${field}:([\\d.]+)`, "m").exec(info);
  return Number(match?.[1] ?? Number.NaN);
}
