import { readRoster } from "../redis/roster.ts";
import type { RedisConnection } from "../redis/script.ts";

const knownForMs = 10_000;

/** How many workers serve a queue and a flow, as of ten seconds ago at most. Asks the roster while somebody asks here. */
export class LaneWorkers {
  readonly #redis: RedisConnection;
  readonly #namespace: string;
  #counts: ReadonlyMap<string, number> | null = null; // by "queue/flow"
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(redis: RedisConnection, namespace: string) {
    this.#redis = redis;
    this.#namespace = namespace;
  }

  /** null = not known yet; the next one who asks may hear it */
  count(lane: string): number | null {
    const now = performance.now();
    if (now - this.#askedAt >= knownForMs) {
      this.#askedAt = now;
      this.#ask().catch(() => undefined); // what was known may be old: jobs are larger or smaller than they should be
    }
    return this.#counts === null ? null : (this.#counts.get(lane) ?? 0);
  }

  async #ask(): Promise<void> {
    const counts = new Map<string, number>();
    for (const { isAlive, lanes } of await readRoster(this.#redis, this.#namespace)) {
      if (!isAlive) continue;
      for (const [flow, queues] of Object.entries(lanes))
        for (const queue of queues) counts.set(`${queue}/${flow}`, (counts.get(`${queue}/${flow}`) ?? 0) + 1);
    }
    this.#counts = counts;
  }
}
