import { Redis } from "ioredis";
import { waitUntil } from "./wait-until.ts";

const holdMs = 30_000; // longer than a slow disk keeps an fsync; the server ends before
const keepsLimitMs = 20_000;

/**
 * Holds all writers of a server, and resolves when the system has what was acknowledged: whoever kills the
 * server then takes nothing but commands under way. With `appendfsync everysec` a server keeps to itself what it
 * acknowledges while an fsync is under way, for up to two seconds, and a kill takes that, too: it may, as
 * docs/explanation/guarantees.md says, and on a slow disk it does. `address`: a URL, or the path of a socket.
 */
export async function untilHandedOver(address: string): Promise<void> {
  const redis = new Redis(address, { maxRetriesPerRequest: 0, retryStrategy: () => null });
  redis.on("error", () => undefined);
  try {
    await redis.call("CLIENT", "PAUSE", holdMs, "WRITE");
    await waitUntil(async () => refuseKept(await redis.info("persistence")), {
      timeoutMs: keepsLimitMs,
      intervalMs: 5,
    });
  } finally {
    redis.disconnect();
  }
}

function refuseKept(persistence: string): void {
  const kept = /^aof_buffer_length:(\d+)/m.exec(persistence)?.[1];
  if (kept !== "0") throw new Error(`The server keeps ${kept ?? "an unknown number of"} bytes to itself`);
}
