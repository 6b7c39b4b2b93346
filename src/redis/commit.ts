import { EngineError } from "../base/errors.ts";
import { shardOf } from "../base/ids.ts";
import type { CommitAnswer, CommitStatus } from "../engine/run-log.ts";
import { CommitFrame, type WaitingCommit } from "./commit-frame.ts";
import type { CommitItem } from "./commit-item.ts";
import { decodeBodies } from "./decode-bodies.ts";
import { channelPrefix, factsKey, type Namespace, runKey, shardKeys } from "./keys.ts";
import { toEngineError } from "./redis-error.ts";
import { loadScript, type RedisConnection } from "./script.ts";

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
  readonly #frames: CommitFrame[] = []; // waiting, in order; the last one takes more
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
      let frame = this.#frames.at(-1);
      if (frame === undefined || frame.isFull) {
        frame = new CommitFrame();
        this.#frames.push(frame);
      }
      frame.add({ item, resolve, reject });
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
    while (this.#inFlight < maxInFlight) {
      const frame = this.#frames.shift();
      if (frame === undefined) return;
      if (frame.waiting.length > 0) void this.#send(frame);
    }
  }

  async #send(frame: CommitFrame): Promise<void> {
    const group = frame.waiting;
    this.#inFlight += 1;
    const startedAt = this.#watch === null ? 0 : performance.now();
    try {
      const keys = [...this.#keys];
      for (const { item } of group)
        keys.push(runKey(this.#namespace, item.run), factsKey(this.#namespace, item.run));
      const args = [channelPrefix(this.#namespace.name), feedMax, frame.toArgument()];
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

function settle({ item, resolve, reject }: WaitingCommit, answer: Answer | undefined, now: number): void {
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
