import { hashText } from "../base/hash.ts";
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
  readonly beats: string;
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
    beats: `${prefix}:beats`,
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

/** What the code of a run said: the newest lines. */
export function logKey(namespace: Namespace, run: string): string {
  return `${tag(namespace, shardOf(run, namespace.shards))}:log:${run}`;
}

/** How far each series of runs with one key is: those that are single, or debounced. */
export function seriesKey(namespace: Namespace, series: string): string {
  return `${tag(namespace, shardOf(series, namespace.shards))}:series`;
}

/** A shared result. Its keys share a slot, and lie with the runs of any shard. */
export interface CacheKeys {
  readonly slot: string;
  readonly cache: string; // string: who made it, and the value unless it is large; expires
  readonly cached: string; // string: a large value; expires
  readonly making: string; // string: who makes it now; expires
}

export function cacheKeys(namespace: Namespace, key: string): CacheKeys {
  const slot = tag(namespace, hashText(key) % namespace.shards);
  return {
    slot,
    cache: `${slot}:cache:${key}`,
    cached: `${slot}:cached:${key}`,
    making: `${slot}:making:${key}`,
  };
}

/** The time that the log of a test goes by; no other namespace has it. */
export function clockKey(namespace: Namespace, shard: number): string {
  return `${tag(namespace, shard)}:clock`;
}

/** What is true of the whole namespace. */
export interface SystemKeys {
  readonly namespace: string; // hash: "shards", "version", "createdAt"
  readonly workers: string; // hash: worker -> JSON of its description
  readonly sweeper: string; // string: the worker that sweeps; expires
  readonly projector: string; // string: the worker that folds the log into projections; expires
  readonly flows: string; // hash: "flow/code hash" -> JSON of what workers say of the flow
  readonly operations: string; // hash: bulk command -> JSON of how far it is
  readonly operationStops: string; // hash: bulk command -> epoch ms at which somebody stopped it
  readonly savedViews: string; // hash: name -> JSON of a kept filter
  readonly apiKeys: string; // hash: SHA-256 of a key -> JSON of what it is for
  readonly apiKeysUsed: string; // hash: id of a key -> epoch ms
  readonly secret: string; // string: what servers sign sessions with
}

export function systemKeys(name: string): SystemKeys {
  const prefix = `mr:{${name}:sys}`;
  return {
    namespace: `${prefix}:namespace`,
    workers: `${prefix}:workers`,
    sweeper: `${prefix}:sweeper`,
    projector: `${prefix}:projector`,
    flows: `${prefix}:flows`,
    operations: `${prefix}:operations`,
    operationStops: `${prefix}:operation-stops`,
    savedViews: `${prefix}:saved-views`,
    apiKeys: `${prefix}:api-keys`,
    apiKeysUsed: `${prefix}:api-keys-used`,
    secret: `${prefix}:secret`,
  };
}

/** The limits of a namespace; they share a slot, so that slots of several limits are taken at once. */
export interface LimitKeys {
  readonly rules: string;
  readonly tickets: string;
  readonly order: string;
  readonly held: string;
  readonly passes: string;
  readonly fading: string;
  readonly meters: string;
  readonly workers: string;
}

export function limitKeys(name: string): LimitKeys {
  const prefix = `mr:{${name}:limits}`;
  return {
    rules: `${prefix}:rules`,
    tickets: `${prefix}:tickets`,
    order: `${prefix}:order`,
    held: `${prefix}:held`,
    passes: `${prefix}:passes`,
    fading: `${prefix}:fading`,
    meters: `${prefix}:meters`,
    workers: `${prefix}:workers`,
  };
}

/** The answer to a request with an idempotency key; expires. */
export function requestKey(name: string, key: string): string {
  return `mr:{${name}:sys}:request:${key}`;
}

/** How often an address has tried to sign in lately; or a session that was ended before its time. Expires. */
export function signInKey(name: string, kind: "attempts" | "ended", id: string): string {
  return `mr:{${name}:sys}:sign-in-${kind}:${id}`;
}

/** Runs of a bulk command, in its order. */
export function operationRunsKey(name: string, operation: string): string {
  return `mr:{${name}:sys}:operation:${operation}`;
}

/** The server that carries a bulk command out; expires unless it is renewed. */
export function operationOfficeKey(name: string, operation: string): string {
  return `mr:{${name}:sys}:operation-office:${operation}`;
}

/** Lives as long as the worker renews it. */
export function leaseKey(name: string, worker: string): string {
  return `mr:{${name}:sys}:lease:${worker}`;
}

/** Prefix of the pub/sub channels: "wake:<worker>", "slots:<worker>", "ended" and "folded". */
export function channelPrefix(name: string): string {
  return `mr:${name}:`;
}

/** BullMQ's prefix and name of a queue; each queue lies in a slot of its own. */
export function queueKey(name: string, queue: string): { readonly prefix: string; readonly name: string } {
  return { prefix: `mr:{${name}:q:${queue}}`, name: queue };
}

/** The documents of the projections of one shard: one build of them, under one slot with the shard. */
export interface ViewKeys {
  readonly views: string; // hash: "live:<signature>" -> build; "next:<signature>" -> build; "hold" -> epoch ms
  readonly meta: string; // hash: "seq", "batch", "feed" (id), "count" (entries of the feed up to there)
  readonly runs: string; // hash: run -> its summary
  readonly aside: string; // hash: run -> JSON of why its events cannot be folded
  readonly parts: string; // set: every key of the build, without its prefix
  readonly states: string; // set: those of them that are indexes by flow and state
  readonly part: (name: string) => string; // what `indexPart` and `documentsPart` name
}

export function viewKeys(namespace: Namespace, shard: number, build: string): ViewKeys {
  const prefix = `${tag(namespace, shard)}:view:${build}`;
  return {
    views: `${tag(namespace, shard)}:views`,
    meta: `${prefix}:meta`,
    runs: `${prefix}:runs`,
    aside: `${prefix}:aside`,
    parts: `${prefix}:parts`,
    states: `${prefix}:states`,
    part: (name) => `${prefix}:${name}`,
  };
}

/** Sorted set of a view: run -> epoch ms of its creation. */
export function indexPart(index: string): string {
  return `i:${index}`;
}

/** Hash of a view: id -> document. */
export function documentsPart(projection: string): string {
  return `d:${projection}`;
}

const ofRuns = ["run", "facts", "payload", "log"] as const; // the id of a run follows
const ofOthers = ["cache", "view", "shard", "system", "limits", "queue", "other"] as const;

/** What a key is for. */
export type KeyKind = (typeof ofRuns)[number] | (typeof ofOthers)[number];

/** A pattern of SCAN that finds every key of a namespace. */
export function keyPattern(name: string): string {
  return `mr:{${name}:*`;
}

const ofShards: Readonly<Record<string, KeyKind>> = {
  cache: "cache",
  cached: "cache",
  making: "cache",
  view: "view",
  views: "view",
};

function isOfRun(kind: string): kind is (typeof ofRuns)[number] {
  return ofRuns.some((known) => known === kind);
}

export function keyKindOf(key: string): KeyKind {
  const [, part = "", kind = ""] = /^mr:\{[^:}]+:([^:}]+)[^}]*\}:([^:]+)/.exec(key) ?? [];
  if (part === "q") return "queue";
  if (part === "sys") return "system";
  if (part === "limits") return "limits";
  if (isOfRun(kind)) return kind;
  const known = ofShards[kind];
  if (known !== undefined) return known;
  return /^\d+$/.test(part) ? "shard" : "other";
}
