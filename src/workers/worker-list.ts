import { type RosterEntry, readLeaseMs } from "../redis/roster.ts";
import type { Client } from "./client.ts";

/** A worker on the list, with what it holds. */
export interface WorkerRow extends RosterEntry {
  readonly leaseMs: number; // how long its lease still holds; 0 = it is dead
  readonly runs: number; // runs that it owns
}

/** Every process that owns runs or takes tasks; dead ones until somebody has taken their runs. Newest first. */
export async function listWorkers(client: Client): Promise<readonly WorkerRow[]> {
  const { redis, namespace } = client.store;
  const [roster, open] = await Promise.all([client.roster(), client.openRuns()]);
  const owned = new Map<string, number>();
  for (const { owner } of open)
    if (owner !== null) owned.set(owner.worker, (owned.get(owner.worker) ?? 0) + 1);
  const rows = await Promise.all(
    roster.map(async (card) => ({
      ...card,
      leaseMs: await readLeaseMs(redis, namespace.name, card.id),
      runs: owned.get(card.id) ?? 0,
    })),
  );
  return rows.sort((a, b) => b.startedAt - a.startedAt);
}
