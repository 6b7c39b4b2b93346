import { Cluster } from "ioredis";
import { openConnection, type RedisAddress } from "./connect.ts";
import { type Namespace, shardKeys } from "./keys.ts";
import type { RedisConnection } from "./script.ts";

const clusterPauseMs = 100; // one command cannot wait for keys of several slots

/** Waits until something is appended to the feeds of a namespace. Blocks a connection of its own. */
export class FeedNews {
  readonly #redis: RedisConnection;
  readonly #namespace: Namespace;
  #timer: NodeJS.Timeout | null = null;
  #wake: () => void = () => undefined;

  constructor(address: RedisAddress, namespace: Namespace) {
    this.#redis = openConnection(address);
    this.#namespace = namespace;
  }

  /**
   * Shards whose feed has something after `marks` (an id for each shard), at the latest after `ms`; empty = nothing.
   * In a cluster all shards, a moment later: somebody has to look.
   */
  async wait(marks: readonly string[], ms: number): Promise<readonly number[]> {
    const shards = marks.map((_, shard) => shard);
    if (this.#redis instanceof Cluster) {
      await this.#pause(Math.min(ms, clusterPauseMs));
      return shards;
    }
    const feeds = shards.map((shard) => shardKeys(this.#namespace, shard).feed);
    const news = await this.#redis.xread("COUNT", 1, "BLOCK", ms, "STREAMS", ...feeds, ...marks);
    return news === null ? [] : news.map(([feed]) => feeds.indexOf(feed));
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#wake();
    this.#redis.disconnect();
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#timer = setTimeout(resolve, ms);
    });
  }
}
