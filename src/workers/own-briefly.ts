import type { ClaimAnswer, CommitStatus, Ownership } from "../engine/run-log.ts";
import type { Event } from "../events/catalog.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import { dropLease, isAlive, joinRoster, leaveRoster } from "../redis/roster.ts";
import type { Client } from "./client.ts";
import { newId } from "./ids.ts";
import { toCard } from "./worker-card.ts";

/** What is to be recorded, and what becomes of the run. */
export interface BriefDecision {
  readonly events: readonly Event[];
  readonly after: "park" | "end";
  readonly dueInMs: number | null; // of a parked run; null = nothing new
}

export type BriefOutcome =
  | { readonly how: "recorded"; readonly status: CommitStatus; readonly events: readonly RecordedEvent[] } // before it
  | { readonly how: "declined" } // `decide` wanted nothing: the run was given back
  | { readonly how: "refused"; readonly why: string; readonly owner: Ownership }; // why: the status of the claim

/** Null = nothing: the run is given back, and looked after at once. */
type Decide = (events: readonly RecordedEvent[], now: number) => BriefDecision | null;

/**
 * Owns a parked run for one commit. Meanwhile the client stands on the list of workers, with a lease: if it dies in
 * the middle, a sweeper takes the run from it as from any dead worker.
 */
export async function ownBriefly(client: Client, run: string, decide: Decide): Promise<BriefOutcome> {
  const { redis, namespace } = client.store;
  const id = newId().slice(-12).toLowerCase();
  await joinRoster(redis, namespace.name, toCard(id, { queues: [], flows: [], isLocal: true }));
  try {
    const outcome = await claimAndCommit(client, { run, id, decide });
    await leaveRoster(redis, namespace.name, id);
    return outcome;
  } catch (error) {
    await dropLease(redis, namespace.name, id).catch(() => undefined); // it runs out by itself, too
    throw error;
  }
}

const giveBack: BriefDecision = { events: [], after: "park", dueInMs: 0 };

interface Brief {
  readonly run: string;
  readonly id: string;
  readonly decide: Decide;
}

async function claimAndCommit(client: Client, { run, id, decide }: Brief): Promise<BriefOutcome> {
  const { status, owner, events, now } = await claimFromDeadToo(client, run, id);
  if (status !== "ok" && status !== "unreadable") return { how: "refused", why: status, owner };
  if (status === "unreadable") {
    const blind = { run, actor: client.actor, owner, batch: 1, seen: Number.MAX_SAFE_INTEGER };
    await client.log.commit({ ...blind, ...giveBack });
    return { how: "declined" };
  }
  for (let known = events; ; ) {
    const decision = decide(known, now);
    const commit = { run, actor: client.actor, owner, batch: 1, seen: known.at(-1)?.position ?? 0 };
    const answer = await client.log.commit({ ...commit, ...(decision ?? giveBack) });
    if (answer.status === "busy")
      known = [...known, ...answer.events]; // facts arrived first: nothing was written
    else if (decision === null) return { how: "declined" };
    else return { how: "recorded", status: answer.status, events: known };
  }
}

async function claimFromDeadToo(client: Client, run: string, id: string): Promise<ClaimAnswer> {
  const { redis, namespace } = client.store;
  const claim = await client.log.claim(run, id, { instead: null });
  if (claim.status !== "owned" || (await isAlive(redis, namespace.name, claim.owner.worker))) return claim;
  await client.log.takeFrom(run, claim.owner, client.actor);
  return client.log.claim(run, id, { instead: null });
}
