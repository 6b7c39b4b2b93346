import { EngineError } from "../base/errors.ts";
import { shardOf } from "../base/ids.ts";
import type { CommitAnswer, CommitStatus } from "../engine/run-log.ts";
import type { Event } from "../events/catalog.ts";
import { encodeEvent, encodeValue } from "../events/codec.ts";
import { decodeBodies } from "./decode-bodies.ts";
import { channelPrefix, factsKey, type Namespace, runKey, shardKeys } from "./keys.ts";
import { toEngineError } from "./redis-error.ts";
import { loadScript, type RedisConnection } from "./script.ts";

/** One write to one run, as `commit.lua` takes it. */
export interface CommitItem {
  readonly run: string;
  readonly kind: "create" | "own" | "fact" | "lost";
  readonly owner: string;
  readonly epoch: number;
  readonly batch: number;
  readonly seen: number; // -1 = the caller does not care
  readonly after: "keep" | "park" | "block" | "unblock" | "end";
  readonly dueIn: number; // ms from now; -1 = none
  readonly dedupe: string; // "" = none
  readonly attempt: string; // "" = none
  readonly holder: string; // "" = delete
  readonly tasks: readonly string[]; // keys; see `commit.lua`
  readonly actor: string;
  readonly events: readonly Event[];
}

type Answer = readonly [status: string, position: number, owner: string, bodies: readonly Buffer[]];

const runCommit = loadScript("commit", { parse: toAnswers });

/** By hand: on this path zod costs as much as the encoding. */
function toAnswers(raw: unknown): readonly [now: number, ...Answer[]] {
  const [now, ...answers]: unknown[] = Array.isArray(raw) ? raw : [];
  if (typeof now !== "number") throw badReply();
  return [now, ...answers.map(toAnswer)];
}

function toAnswer(raw: unknown): Answer {
  const [status, position, owner, bodies]: unknown[] = Array.isArray(raw) ? raw : [];
  if (!Buffer.isBuffer(status) || typeof position !== "number" || !Buffer.isBuffer(owner)) throw badReply();
  if (!Array.isArray(bodies) || !bodies.every((body) => Buffer.isBuffer(body))) throw badReply();
  return [status.toString("latin1"), position, owner.toString(), bodies];
}

function badReply(): EngineError {
  return new EngineError("REDIS_UNAVAILABLE", "commit.lua answered something else than a list of answers.");
}

/** The header of an item as `commit.lua` unpacks it; the order is the script's. A list of plain values is plain msgpack. */
function packHeader(item: CommitItem): Uint8Array {
  const { run, kind, owner, epoch, batch, seen, after, dueIn, dedupe, attempt, holder, events } = item;
  return encodeValue([
    run,
    kind,
    owner,
    epoch,
    batch,
    seen,
    after,
    dueIn,
    dedupe,
    attempt,
    holder,
    events.length,
    item.tasks,
  ]);
}

interface Waiting {
  readonly item: CommitItem;
  readonly args: readonly Uint8Array[];
  readonly sizeBytes: number;
  readonly resolve: (answer: CommitAnswer) => void;
  readonly reject: (error: unknown) => void;
}

const maxItems = 32; // blocks Redis for about a third of a millisecond
const maxBytes = 1024 * 1024;
const maxInFlight = 4; // some on the wire while the next one fills up
export const feedMax = 10_000; // entries a shard; projections that are further behind read the runs' streams

/** Hears how writing goes, for metrics. Nothing is measured when nobody listens. */
export interface CommitWatch {
  appended(durationMs: number, conflicts: number): void; // a call of the script; conflicts = commits that were fenced
  redisFailed(error: unknown): void;
}

/** Sends commits of one shard; those that wait at the same time share one script call. */
class ShardWriter {
  readonly #redis: RedisConnection;
  readonly #namespace: Namespace;
  readonly #keys: readonly string[];
  readonly #watch: CommitWatch | null;
  readonly #waiting: Waiting[] = [];
  #inFlight = 0;
  #isFlushing = false;

  constructor(redis: RedisConnection, namespace: Namespace, shard: number, watch: CommitWatch | null) {
    this.#redis = redis;
    this.#watch = watch;
    this.#namespace = namespace;
    const { open, feed, due, attempts, runs } = shardKeys(namespace, shard);
    this.#keys = [open, feed, due, attempts, runs];
  }

  write(item: CommitItem): Promise<CommitAnswer> {
    return new Promise((resolve, reject) => {
      const args = [packHeader(item)];
      for (const event of item.events) args.push(encodeEvent(event, args.length === 1 ? item.actor : null));
      let sizeBytes = 0;
      for (const part of args) sizeBytes += part.length;
      this.#waiting.push({ item, args, sizeBytes, resolve, reject });
      this.#flushSoon();
    });
  }

  /** What is written in the same tick shares a call. */
  #flushSoon(): void {
    if (this.#isFlushing || this.#inFlight >= maxInFlight) return;
    this.#isFlushing = true;
    process.nextTick(() => {
      this.#isFlushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    while (this.#inFlight < maxInFlight && this.#waiting.length > 0) {
      void this.#send(this.#takeGroup());
    }
  }

  #takeGroup(): readonly Waiting[] {
    let count = 0;
    let sum = 0;
    for (const { sizeBytes } of this.#waiting.slice(0, maxItems)) {
      sum += sizeBytes;
      if (count > 0 && sum > maxBytes) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #send(group: readonly Waiting[]): Promise<void> {
    this.#inFlight += 1;
    const startedAt = this.#watch === null ? 0 : performance.now();
    try {
      const keys = [...this.#keys];
      for (const { item } of group)
        keys.push(runKey(this.#namespace, item.run), factsKey(this.#namespace, item.run));
      const args = [channelPrefix(this.#namespace.name), feedMax, ...group.flatMap((entry) => entry.args)];
      const [now, ...answers] = await runCommit(this.#redis, keys, args);
      this.#watch?.appended(performance.now() - startedAt, answers.filter(isFenced).length);
      for (const [index, waiting] of group.entries()) settle(waiting, answers[index], now);
    } catch (thrown) {
      const error = toEngineError(thrown);
      this.#watch?.redisFailed(error);
      for (const { reject } of group) reject(error);
    } finally {
      this.#inFlight -= 1;
      this.#flushSoon();
    }
  }
}

function isFenced([status]: Answer): boolean {
  return status === "fenced";
}

function settle({ item, resolve, reject }: Waiting, answer: Answer | undefined, now: number): void {
  if (answer === undefined)
    return reject(new EngineError("REDIS_UNAVAILABLE", "commit.lua answered too few items."));
  const [word, position, owner, bodies] = answer;
  if (!isStatus(word)) return reject(refusal(item.run, owner));
  try {
    const events = decodeBodies(item.run, Math.max(item.seen, 0), bodies);
    resolve({ status: word, position, now, owner, events });
  } catch (error) {
    reject(error);
  }
}

/** What Redis said to one item of a group. */
function refusal(run: string, text: string): unknown {
  if (!text.includes("equal or smaller than the target stream")) return toEngineError(new Error(text));
  return new EngineError(
    "EVENT_UNREADABLE",
    `Run ${run} cannot be continued: entries of its stream were added or deleted from outside. Nothing was written. ` +
      `Keep a copy of the stream before you do anything about it. (${text})`,
    { run },
  );
}

const statuses: ReadonlySet<string> = new Set(["ok", "again", "fenced", "closed", "exists", "busy"]);

function isStatus(word: string): word is CommitStatus {
  return statuses.has(word);
}

/** Writes to runs, all shards; see `commit.lua` for what is atomic. */
export class CommitWriter {
  readonly #shards: readonly ShardWriter[];

  constructor(redis: RedisConnection, namespace: Namespace, watch: CommitWatch | null = null) {
    this.#shards = Array.from(
      { length: namespace.shards },
      (_, shard) => new ShardWriter(redis, namespace, shard, watch),
    );
  }

  /**
   * Safe under a lost reply: the driver sends the call again, and the script knows what it has recorded.
   * @throws EngineError REDIS_UNAVAILABLE, REDIS_OUT_OF_MEMORY, REDIS_READ_ONLY
   */
  write(item: CommitItem): Promise<CommitAnswer> {
    const writer = this.#shards[shardOf(item.run, this.#shards.length)];
    if (writer === undefined) throw new EngineError("OPTION_INVALID", "A namespace has at least one shard.");
    return writer.write(item);
  }
}
