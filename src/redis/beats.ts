import { z } from "zod";
import { shardOf } from "../base/ids.ts";
import { type AttemptHolder, attemptOf, type HeldAttempt, toHeld } from "./held.ts";
import { factsKey, type Namespace, shardKeys } from "./keys.ts";
import { translated } from "./redis-error.ts";
import { attemptField } from "./redis-log.ts";
import { loadScript, type RedisConnection } from "./script.ts";

const yes = z.union([z.literal(0), z.literal(1)]).transform((answer) => answer === 1);
const word = z.instanceof(Buffer).transform((text) => text.toString());
const runBeat = loadScript("beat", yes);
const runRelease = loadScript("release-attempt", yes);
const runTake = loadScript("take-beats", z.array(word));

const keptMs = 24 * 60 * 60 * 1_000; // then a sweeper looks whether somebody still needs them
const graceMs = 2_000; // a worker judges its own attempts, and is believed to be quicker
const limit = 100; // attempts per call; keeps the script short
const againMs = 2_000;

/** One task run. */
export interface TaskPlace {
  readonly run: string;
  readonly key: string;
}

const Kept = z.object({ kept: z.base64() });

/** What a sweeper finds overdue: an attempt, or details that were kept for one. */
export type Overdue =
  | { readonly kind: "held"; readonly held: HeldAttempt }
  | { readonly kind: "kept"; readonly place: TaskPlace };

/** Heartbeats of attempts, beside the log: the newest of each, and when the next one is due. */
export class Beats {
  readonly #redis: RedisConnection;
  readonly #namespace: Namespace;

  constructor(redis: RedisConnection, namespace: Namespace) {
    this.#redis = redis;
    this.#namespace = namespace;
  }

  /** A heartbeat of a queued attempt. @returns false when nobody waits for the attempt */
  async beat({ run, key }: TaskPlace, attempt: number, holder: AttemptHolder): Promise<boolean> {
    const timeoutMs = holder.beat?.timeoutMs ?? null;
    const dueIn = timeoutMs === null ? -1 : timeoutMs + graceMs;
    return this.#write({ run, key }, { attempt, worker: holder.worker, value: holder, dueIn });
  }

  /** A heartbeat of an attempt in the process that owns the run. @returns false when it does not own it any more */
  async keep(place: TaskPlace, worker: string, details: Uint8Array): Promise<boolean> {
    return this.#write(place, { attempt: 0, worker, value: toKept(details), dueIn: keptMs });
  }

  /** Details that an attempt left which did not end; null = there are none. */
  async kept({ run, key }: TaskPlace): Promise<Uint8Array | null> {
    const { attempts } = this.#keys(run);
    const text = await translated(async () => this.#redis.hget(attempts, attemptField(run, key, 0)));
    const kept = text === null ? null : Kept.safeParse(JSON.parse(text));
    return kept?.success === true ? Buffer.from(kept.data.kept, "base64") : null;
  }

  /** They are needed still; a sweeper looks again much later. */
  async keepOn({ run, key }: TaskPlace): Promise<void> {
    const { beats } = this.#keys(run);
    const [seconds] = await translated(async () => this.#redis.time());
    const at = Number(seconds) * 1_000 + keptMs;
    await translated(async () => this.#redis.zadd(beats, "XX", at, attemptField(run, key, 0)));
  }

  /** The task has ended. */
  async forget({ run, key }: TaskPlace): Promise<void> {
    const { attempts, beats } = this.#keys(run);
    const field = attemptField(run, key, 0);
    await translated(async () =>
      Promise.all([this.#redis.hdel(attempts, field), this.#redis.zrem(beats, field)]),
    );
  }

  /** Whether a run has not ended; one that is blocked has not. */
  async isOpen(run: string): Promise<boolean> {
    const { open } = this.#keys(run);
    return (await translated(async () => this.#redis.hexists(open, run))) === 1;
  }

  /** Whether `worker` has begun an attempt, which has not ended and was not given back. */
  async isHeldBy({ run, key }: TaskPlace, attempt: number, worker: string): Promise<boolean> {
    const field = attemptField(run, key, attempt);
    const text = await translated(async () => this.#redis.hget(this.#keys(run).attempts, field));
    return text !== null && toHeld(field, text)?.worker === worker;
  }

  /** Whether a task has ended, or its run has. */
  async isOver({ run, key }: TaskPlace): Promise<boolean> {
    const facts = factsKey(this.#namespace, run);
    const [isOpen, isEnded] = await Promise.all([
      this.isOpen(run),
      translated(async () => this.#redis.hexists(facts, endKey(key))),
    ]);
    return !isOpen || isEnded === 1;
  }

  /** Gives an attempt back as if it had not begun. @returns false when `worker` does not hold it */
  async release(
    { run, key }: TaskPlace,
    attempt: number,
    { worker, details }: { readonly worker: string; readonly details: Uint8Array | null },
  ): Promise<boolean> {
    const { attempts, beats } = this.#keys(run);
    const kept = details === null ? "" : JSON.stringify(toKept(details));
    const fields = [attemptField(run, key, attempt), worker, startKey(key, attempt)];
    const rest = [attemptField(run, key, 0), kept, keptMs];
    return translated(async () =>
      runRelease(this.#redis, [attempts, beats, factsKey(this.#namespace, run)], [...fields, ...rest]),
    );
  }

  /** What is overdue in a shard; the same is answered again a few seconds later, unless something was done about it. */
  async takeOverdue(shard: number): Promise<readonly Overdue[]> {
    const { beats, attempts } = shardKeys(this.#namespace, shard);
    const words = await translated(async () => runTake(this.#redis, [beats, attempts], [limit, againMs]));
    const found: Overdue[] = [];
    for (let index = 0; index + 1 < words.length; index += 2) {
      const field = words[index] ?? "";
      const held = toHeld(field, words[index + 1] ?? "");
      const { run, key } = attemptOf(field);
      found.push(held === null ? { kind: "kept", place: { run, key } } : { kind: "held", held });
    }
    return found;
  }

  #keys(run: string) {
    return shardKeys(this.#namespace, shardOf(run, this.#namespace.shards));
  }

  async #write({ run, key }: TaskPlace, beat: Beat): Promise<boolean> {
    const { open, attempts, beats } = this.#keys(run);
    const { attempt, worker, value, dueIn } = beat;
    const keys = [open, attempts, beats, factsKey(this.#namespace, run)];
    const args = [run, attemptField(run, key, attempt), JSON.stringify(value), worker, endKey(key), dueIn];
    return translated(async () => runBeat(this.#redis, keys, args));
  }
}

interface Beat {
  readonly attempt: number;
  readonly worker: string;
  readonly value: object;
  readonly dueIn: number; // ms; -1 = never
}

function toKept(details: Uint8Array): z.output<typeof Kept> {
  return { kept: Buffer.from(details).toString("base64") };
}

/** Dedupe key of the fact that ends a task. */
export function endKey(key: string): string {
  return `end ${key}`;
}

/** Dedupe key of the fact that begins an attempt. */
export function startKey(key: string, attempt: number): string {
  return `start ${attempt} ${key}`;
}
