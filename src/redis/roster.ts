import { z } from "zod";
import { leaseKey, systemKeys } from "./keys.ts";
import { translated } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";

/** A worker process as it describes itself. */
export const WorkerCard = z.object({
  id: z.string(),
  host: z.string(),
  pid: z.int(),
  queues: z.array(z.string()),
  flows: z.array(z.string()),
  startedAt: z.int(), // epoch ms
  isLocal: z.boolean(), // a script that runs its own flow; it takes no other runs
  lanes: z.record(z.string(), z.array(z.string())).default({}), // flow -> the queues that are served for it, its own first
  code: z.record(z.string(), z.string()).default({}), // flow -> hash of its code
});
export type WorkerCard = z.output<typeof WorkerCard>;

export const leaseTtlMs = 5_000;
export const leaseRenewMs = 1_500;

/** Puts a worker on the list, with a fresh lease. */
export async function joinRoster(redis: RedisConnection, namespace: string, card: WorkerCard): Promise<void> {
  await translated(async () =>
    Promise.all([
      redis.set(leaseKey(namespace, card.id), "1", "PX", leaseTtlMs),
      redis.hset(systemKeys(namespace).workers, card.id, JSON.stringify(card)),
    ]),
  );
}

/** Holds the lease for another while. */
export async function renewLease(redis: RedisConnection, namespace: string, worker: string): Promise<void> {
  await translated(async () => redis.set(leaseKey(namespace, worker), "1", "PX", leaseTtlMs));
}

/** Takes a worker off the list; it owns nothing any more. */
export async function leaveRoster(redis: RedisConnection, namespace: string, worker: string): Promise<void> {
  await translated(async () =>
    Promise.all([redis.del(leaseKey(namespace, worker)), redis.hdel(systemKeys(namespace).workers, worker)]),
  );
}

/** Ends a worker's lease but leaves it on the list: a sweeper takes at once what it still owned. */
export async function dropLease(redis: RedisConnection, namespace: string, worker: string): Promise<void> {
  await translated(async () => redis.del(leaseKey(namespace, worker)));
}

export interface RosterEntry extends WorkerCard {
  readonly isAlive: boolean; // its lease holds
}

/** Every worker on the list, dead ones too until a sweeper has taken their runs. */
export async function readRoster(redis: RedisConnection, namespace: string): Promise<readonly RosterEntry[]> {
  const cards = await translated(async () => redis.hgetall(systemKeys(namespace).workers));
  return Promise.all(
    Object.values(cards).map(async (text) => {
      const card = WorkerCard.parse(JSON.parse(text));
      return { ...card, isAlive: await isAlive(redis, namespace, card.id) };
    }),
  );
}

export async function isAlive(redis: RedisConnection, namespace: string, worker: string): Promise<boolean> {
  return translated(async () => (await redis.exists(leaseKey(namespace, worker))) === 1);
}

/** How long a worker's lease still holds; 0 = it has run out. */
export async function readLeaseMs(
  redis: RedisConnection,
  namespace: string,
  worker: string,
): Promise<number> {
  return translated(async () => Math.max(0, await redis.pttl(leaseKey(namespace, worker))));
}
