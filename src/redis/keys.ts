import { shardOf } from "../base/ids.ts";

/** Where a namespace lies: every key of Millrace is made here. `{...}` is the hash tag of a cluster slot. */
export interface Namespace {
  readonly name: string;
  readonly shards: number; // fixed when the namespace was created
}

/** The keys of one shard; they share a slot, so one script can use them together. */
export interface ShardKeys {
  readonly open: string;
  readonly feed: string;
  readonly due: string;
  readonly attempts: string;
  readonly runs: string;
}

function tag({ name }: Namespace, part: string | number): string {
  return `mr:{${name}:${part}}`;
}

export function shardKeys(namespace: Namespace, shard: number): ShardKeys {
  const prefix = tag(namespace, shard);
  return {
    open: `${prefix}:open`,
    feed: `${prefix}:feed`,
    due: `${prefix}:due`,
    attempts: `${prefix}:attempts`,
    runs: `${prefix}:runs`,
  };
}

/** The run's events. */
export function runKey(namespace: Namespace, run: string): string {
  return `${tag(namespace, shardOf(run, namespace.shards))}:run:${run}`;
}

/** The dedupe keys of an open run's facts; gone when the run has ended. */
export function factsKey(namespace: Namespace, run: string): string {
  return `${tag(namespace, shardOf(run, namespace.shards))}:facts:${run}`;
}

/** A recorded value above the inline limit, by the SHA-256 of its bytes. */
export function payloadKey(namespace: Namespace, run: string, sha256: string): string {
  return `${tag(namespace, shardOf(run, namespace.shards))}:payload:${run}:${sha256}`;
}

/** What is true of the whole namespace. */
export interface SystemKeys {
  readonly namespace: string; // hash: "shards", "version", "createdAt"
  readonly workers: string; // hash: worker -> JSON of its description
  readonly sweeper: string; // string: the worker that sweeps; expires
}

export function systemKeys(name: string): SystemKeys {
  const prefix = `mr:{${name}:sys}`;
  return { namespace: `${prefix}:namespace`, workers: `${prefix}:workers`, sweeper: `${prefix}:sweeper` };
}

/** Lives as long as the worker renews it. */
export function leaseKey(name: string, worker: string): string {
  return `mr:{${name}:sys}:lease:${worker}`;
}

/** Prefix of the pub/sub channels: "wake:<worker>" and "ended". */
export function channelPrefix(name: string): string {
  return `mr:${name}:`;
}

/** BullMQ's prefix and name of a queue; each queue lies in a slot of its own. */
export function queueKey(name: string, queue: string): { readonly prefix: string; readonly name: string } {
  return { prefix: `mr:{${name}:q:${queue}}`, name: queue };
}

/** What a key is for. */
export type KeyKind = "run" | "facts" | "payload" | "shard" | "system" | "queue" | "other";

/** A pattern of SCAN that finds every key of a namespace. */
export function keyPattern(name: string): string {
  return `mr:{${name}:*`;
}

export function keyKindOf(key: string): KeyKind {
  const [, part = "", kind = ""] = /^mr:\{[^:}]+:([^:}]+)[^}]*\}:([^:]+)/.exec(key) ?? [];
  if (part === "q") return "queue";
  if (part === "sys") return "system";
  if (kind === "run" || kind === "facts" || kind === "payload") return kind;
  return /^\d+$/.test(part) ? "shard" : "other";
}
