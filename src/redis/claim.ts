import { randomInt } from "node:crypto";
import { z } from "zod";
import { isEngineError } from "../base/errors.ts";
import { shardOf } from "../base/ids.ts";
import type { ClaimAnswer, Ownership } from "../engine/run-log.ts";
import { isType, type RecordedEvent } from "../events/envelope.ts";
import { decodeBodies, strangeEntry } from "./decode-bodies.ts";
import { type Namespace, runKey, shardKeys } from "./keys.ts";
import { translated } from "./redis-error.ts";
import { loadScript, type RedisConnection } from "./script.ts";

const word = z.instanceof(Buffer).transform((text) => text.toString());
const Bodies = z.custom<readonly Buffer[]>(
  (list) => Array.isArray(list) && list.every((body) => body instanceof Buffer),
); // many
const Status = word.pipe(z.enum(["ok", "owned", "blocked", "closed", "missing"]));
const runClaim = loadScript("claim", z.tuple([Status, z.int(), z.int(), word, Bodies, word]));

interface Claim {
  readonly run: string;
  readonly worker: string;
  readonly instead: Ownership | null; // an owner known to be dead
}

/** Makes `worker` the owner of a run and reads its history, in one round trip. */
export async function claimRun(
  redis: RedisConnection,
  namespace: Namespace,
  claim: Claim,
): Promise<ClaimAnswer> {
  const first = await askClaim(redis, namespace, claim, 0);
  if (first.status !== "ok" || first.events.length === 0) return first;
  // A failover can lose the newest ownership and keep older turns: the epoch must stay above every turn's.
  const epoch = lastEpoch(first.events);
  if (epoch < first.owner.epoch) return first;
  return askClaim(redis, namespace, { ...claim, instead: first.owner }, epoch);
}

function lastEpoch(events: readonly RecordedEvent[]): number {
  return events.findLast((event) => isType(event, "TurnTaken"))?.data.epoch ?? 0;
}

async function askClaim(
  redis: RedisConnection,
  namespace: Namespace,
  claim: Claim,
  floor: number,
): Promise<ClaimAnswer> {
  const { run, worker, instead } = claim;
  const { open, due } = shardKeys(namespace, shardOf(run, namespace.shards));
  const replaced = instead === null ? "" : `${instead.epoch}:${instead.worker}`;
  const call = randomInt(1, 2 ** 47);
  const [status, now, epoch, owner, bodies, strange] = await translated(async () =>
    runClaim(redis, [open, due, runKey(namespace, run)], [run, worker, floor, replaced, call]),
  );
  const answer = { status, now, owner: { worker: owner, epoch }, problem: null };
  try {
    if (strange !== "") throw strangeEntry(run, bodies.length + 1, strange);
    return { ...answer, events: decodeBodies(run, 0, bodies) };
  } catch (error) {
    if (!isEngineError(error)) throw error;
    return { ...answer, status: "unreadable", events: [], problem: error };
  }
}
