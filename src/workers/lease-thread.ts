import { parentPort, workerData } from "node:worker_threads";
import { openConnection, type RedisAddress } from "../redis/connect.ts";

/** What the thread is started with. */
export interface LeaseOrder {
  readonly address: RedisAddress;
  readonly key: string;
  readonly ttlMs: number;
  readonly everyMs: number;
}

/**
 * Renews the lease of its process, in a thread of its own, so that a task which computes for minutes does not
 * lose it. Says "renewed", "late" (it took much longer than it should: there was an outage) or "expired" (the lease had
 * run out: others may have taken what this worker owned).
 */
function keepLease({ address, key, ttlMs, everyMs }: LeaseOrder): void {
  const redis = openConnection(address);
  let renewedAt = Date.now();
  const renew = async (): Promise<void> => {
    try {
      const before: unknown = await redis.set(key, "1", "PX", ttlMs, "GET");
      const isLate = Date.now() - renewedAt > ttlMs / 2;
      renewedAt = Date.now();
      parentPort?.postMessage(before === null ? "expired" : isLate ? "late" : "renewed");
    } catch {
      // Redis is away; the lease runs out by itself, and the next try says so.
    }
  };
  void renew();
  setInterval(() => void renew(), everyMs);
  parentPort?.once("message", () => {
    redis.disconnect();
    parentPort?.close();
    process.exit(0);
  });
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- lease.ts gives it, as a LeaseOrder
keepLease(workerData as LeaseOrder);
