import type { ClaimAnswer, Ownership } from "../../src/engine/run-log.ts";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import { decodeBodies } from "../../src/redis/decode-bodies.ts";
import { type MemoryShard, streamOf } from "./memory-shard.ts";

interface Claim {
  readonly run: string;
  readonly worker: string;
  readonly instead: Ownership | null;
  readonly call: number;
  readonly floor: number; // the new epoch will be above this one
}

/** `claim.lua` in memory. */
export function claimInShard(shard: MemoryShard, now: number, claim: Claim): ClaimAnswer {
  const { run, worker, instead, call, floor } = claim;
  const { open, due } = shard;
  const record = open.get(run);
  const none = { now: now, owner: { worker: "", epoch: 0 }, events: [], problem: null };
  if (record === undefined) {
    return { ...none, status: streamOf(shard, run).bodies.length > 0 ? "closed" : "missing" };
  }
  const holder = { worker: record.owner, epoch: record.epoch };
  if (record.owner === "!") return { ...none, status: "blocked", owner: { worker: "", epoch: record.epoch } };
  if (record.owner === worker && record.batch === 0 && record.position === call) {
    return { ...none, status: "ok", owner: holder, events: eventsIn(shard, run) };
  }
  const mayReplace = instead !== null && instead.epoch === record.epoch && instead.worker === record.owner;
  if (record.owner !== "" && !mayReplace) return { ...none, status: "owned", owner: holder };
  const owner = { worker, epoch: Math.max(record.epoch, floor) + 1 };
  open.set(run, { epoch: owner.epoch, batch: 0, position: call, owner: worker });
  due.delete(run);
  return { ...none, status: "ok", owner, events: eventsIn(shard, run) };
}

export function eventsIn(shard: MemoryShard, run: string): readonly RecordedEvent[] {
  return decodeBodies(run, 0, streamOf(shard, run).bodies);
}
