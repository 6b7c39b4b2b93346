import type { RedisAddress } from "../../redis/connect.ts";
import { type FeedEntry, readFeed, readFeedHead } from "../../redis/feed.ts";
import { FeedNews } from "../../redis/feed-news.ts";
import type { Namespace } from "../../redis/keys.ts";
import { shardsOf } from "../../redis/live-view.ts";
import type { RedisConnection } from "../../redis/script.ts";
import { pause } from "../../workers/pause.ts";
import type { FeedPlace, FeedPlaces } from "./feed-places.ts";
import type { FeedReading } from "./row-source.ts";

export interface FeedsPlace {
  readonly redis: RedisConnection;
  readonly namespace: Namespace;
}

export interface NewsReaderOptions extends FeedsPlace {
  readonly address: RedisAddress;
  readonly onNews: (shard: number, entries: readonly FeedEntry[]) => void;
  readonly onGap: (shard: number, place: FeedPlace) => void; // the feed was cut, and goes on behind this place
  readonly onTrouble: (error: unknown) => void;
}

const pageSize = 200; // entries
const lookMs = 5_000; // so long nothing happens before it is looked whether the feeds are what they were
const againMs = 500; // after trouble

/** Reads the feeds of all shards for a whole process, over one connection that waits. */
export class NewsReader {
  readonly #options: NewsReaderOptions;
  readonly #stop = new AbortController();
  #news: FeedNews | null = null; // null = not started
  #places: FeedPlace[] = [];
  #running: Promise<void> = Promise.resolve();

  constructor(options: NewsReaderOptions) {
    this.#options = options;
  }

  /** Begins where the feeds end now, and says where that is. */
  async start(): Promise<FeedPlaces> {
    this.#places = [...(await readHeads(this.#options))];
    const { address, namespace } = this.#options;
    if (this.#stop.signal.aborted) return this.#places;
    const news = new FeedNews(address, namespace);
    this.#news = news;
    this.#running = this.#run(news);
    return [...this.#places];
  }

  get places(): FeedPlaces {
    return [...this.#places];
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#news?.close();
    await this.#running;
  }

  async #run(news: FeedNews): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const ids = this.#places.map(({ id }) => id);
        const shards = await news.wait(ids, lookMs);
        const all = shards.length === 0 ? shardsOf(this.#options) : shards;
        await Promise.all(all.map(async (shard) => this.#read(shard)));
      } catch (error) {
        if (this.#isStopped()) return;
        this.#options.onTrouble(error);
        await pause(againMs, signal);
      }
    }
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async #read(shard: number): Promise<void> {
    const place = this.#places[shard];
    if (place === undefined) return;
    for (let after = place; ; ) {
      const reading = await readFeedPart(this.#options, shard, after);
      if (this.#isStopped()) return;
      if (reading.isGap) {
        const head = await readFeedHead(this.#options.redis, this.#options.namespace, shard);
        this.#places[shard] = head;
        this.#options.onGap(shard, head);
        return;
      }
      after = reading.place;
      this.#places[shard] = after;
      if (reading.entries.length > 0) this.#options.onNews(shard, reading.entries);
      if (reading.isEnd) return;
    }
  }
}

/** Where the feeds end now. */
export async function readHeads({ redis, namespace }: FeedsPlace): Promise<FeedPlaces> {
  return Promise.all(shardsOf({ namespace }).map(async (shard) => readFeedHead(redis, namespace, shard)));
}

/** The next entries of a feed, and whether there were others before them that are gone. */
export async function readFeedPart(
  { redis, namespace }: FeedsPlace,
  shard: number,
  after: FeedPlace,
): Promise<FeedReading> {
  const { entries, removed, added } = await readFeed(redis, namespace, shard, {
    after: after.id,
    limit: pageSize,
  });
  return {
    entries,
    place: { id: entries.at(-1)?.id ?? after.id, count: after.count + entries.length },
    isGap: removed > after.count || added < after.count,
    isEnd: entries.length < pageSize,
  };
}
