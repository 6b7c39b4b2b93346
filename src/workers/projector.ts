import type { RedisAddress } from "../redis/connect.ts";
import { holdOffice, leaveOffice } from "../redis/election.ts";
import { FeedNews } from "../redis/feed-news.ts";
import type { Step } from "../redis/fold-shard.ts";
import { type Namespace, systemKeys } from "../redis/keys.ts";
import type { RedisConnection } from "../redis/script.ts";
import { pause } from "./pause.ts";
import { currentSet, type ProjectionSet } from "./projection-set.ts";
import { ShardProjector } from "./shard-projector.ts";

export interface ProjectorOptions {
  readonly redis: RedisConnection;
  readonly address: RedisAddress;
  readonly namespace: Namespace;
  readonly worker: string; // who stands for the office
  readonly onTrouble: (error: unknown) => void;
  readonly onStep?: (step: Step, ms: number) => void; // for metrics
  readonly set?: ProjectionSet; // default: that of this release
}

const termMs = 2_500; // a projector that is not heard of for so long is replaced
const officeMs = 800; // how often it says that it is there, and others look
const gatherMs = 15; // a store costs as much for one event as for fifty
const restForWork = 2; // ms of rest for each ms of folding: what a run does meanwhile becomes one document, stored once
const longestRestMs = 50; // of what documents may be behind
const trimMs = 10_000;

/**
 * Follows the feeds and keeps the documents up to date. One process of a namespace does it at a time; two would only
 * get in each other's way, as every store is a compare-and-set.
 */
export class Projector {
  readonly #options: ProjectorOptions;
  readonly #shards: readonly ShardProjector[];
  #news: FeedNews | null = null; // null = it has not started
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #officeUntil = 0; // epoch ms; it holds the office at least so long
  #keeper: NodeJS.Timeout | null = null;
  #trimmedAt = 0;
  #inNews: readonly ShardProjector[]; // to be looked at next

  constructor(options: ProjectorOptions) {
    const { redis, namespace, set = currentSet } = options;
    this.#options = options;
    this.#shards = Array.from(
      { length: namespace.shards },
      (_, shard) => new ShardProjector({ redis, namespace, shard, set, signal: this.#stop.signal }),
    );
    this.#inNews = this.#shards;
  }

  start(): void {
    const { address, namespace } = this.#options;
    const news = new FeedNews(address, namespace);
    this.#news = news;
    this.#running = this.#run(news);
    // The first documents of a long log take a while: whoever makes them stays in office meanwhile.
    this.#keeper = setInterval(() => void this.#stay(), officeMs);
    this.#keeper.unref();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    if (this.#news === null) return;
    this.#news.close();
    if (this.#keeper !== null) clearInterval(this.#keeper);
    await this.#running;
    const { redis, namespace, worker } = this.#options;
    await leaveOffice(redis, systemKeys(namespace.name).projector, worker);
  }

  async #run(news: FeedNews): Promise<void> {
    while (!this.#isStopped()) {
      try {
        if (await this.#isElected()) await this.#round(news);
        else await pause(officeMs, this.#stop.signal);
      } catch (error) {
        if (this.#isStopped()) return;
        this.#options.onTrouble(error);
        await pause(officeMs, this.#stop.signal);
      }
    }
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async #isElected(): Promise<boolean> {
    return Date.now() < this.#officeUntil || this.#stand();
  }

  async #stand(): Promise<boolean> {
    const { redis, namespace, worker } = this.#options;
    const isElected = await holdOffice(redis, { key: systemKeys(namespace.name).projector, worker, termMs });
    if (isElected) this.#officeUntil = Date.now() + 2 * officeMs;
    return isElected;
  }

  async #stay(): Promise<void> {
    if (Date.now() < this.#officeUntil) await this.#stand().catch(() => undefined); // Redis is away: the loop says so
  }

  /** Folds what there is, waits for news, and rests: the longer, the more there was to fold. */
  async #round(feeds: FeedNews): Promise<void> {
    const workedMs = await this.#fold(this.#inNews);
    const restUntil = performance.now() + Math.min(longestRestMs, workedMs * restForWork);
    if (Date.now() - this.#trimmedAt > trimMs) await this.#trim();
    const marks = await Promise.all(this.#shards.map(async (shard) => shard.feedMark()));
    const news = await feeds.wait(
      marks.map((mark) => mark ?? "0-0"),
      officeMs,
    );
    const isNew = (index: number): boolean => marks[index] === null || news.includes(index);
    this.#inNews = news.length === 0 ? this.#shards : this.#shards.filter((_, index) => isNew(index));
    if (news.length > 0) await pause(Math.max(gatherMs, restUntil - performance.now()), this.#stop.signal);
  }

  /** Every one of these shards once, then again those that have more. @returns how long there was something to fold, ms */
  async #fold(shards: readonly ShardProjector[]): Promise<number> {
    let workedMs = 0;
    let busy = shards;
    while (busy.length > 0 && !this.#isStopped() && (await this.#isElected())) {
      const again: ShardProjector[] = [];
      for (const shard of busy) {
        const startedAt = performance.now();
        const step = await shard.advance();
        if (step === null) continue;
        const ms = performance.now() - startedAt;
        workedMs += ms;
        this.#options.onStep?.(step, ms);
        if (step.isMore || step.isGap || !shard.isLive) again.push(shard);
      }
      busy = again;
    }
    return workedMs;
  }

  async #trim(): Promise<void> {
    this.#trimmedAt = Date.now();
    for (const shard of this.#shards) await shard.trim(this.#trimmedAt);
  }
}
