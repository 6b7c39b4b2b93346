import { trimFeed } from "../redis/feed.ts";
import { ShardFold, type Step } from "../redis/fold-shard.ts";
import type { Namespace } from "../redis/keys.ts";
import type { RedisConnection } from "../redis/script.ts";
import { beginBuild, readBuilds, removeOutdated, switchTo } from "../redis/view-builds.ts";
import { newId } from "./ids.ts";
import type { ProjectionSet } from "./projection-set.ts";

interface ShardProjectorOptions {
  readonly redis: RedisConnection;
  readonly namespace: Namespace;
  readonly shard: number;
  readonly set: ProjectionSet;
  readonly signal?: AbortSignal; // gives up what takes long
}

const stepSize = 900; // entries of the feed at a time: some tens of milliseconds of folding
const keepOutdatedMs = 24 * 3_600_000; // documents of another release that has stopped
const keepFeedMs = 300_000; // what was folded stays in the feed so long, for people who look at the log; commits bound its length

/** Keeps the documents of one shard up to date: those in use, or the first ones until they are complete. */
export class ShardProjector {
  readonly #options: ShardProjectorOptions;
  #fold: ShardFold | null = null;
  #isLive = false;

  constructor(options: ShardProjectorOptions) {
    this.#options = options;
  }

  /** Whether the documents that it keeps are those in use. */
  get isLive(): boolean {
    return this.#isLive;
  }

  /** The feed's entry up to which this process has folded; null = it does not know yet. */
  async feedMark(): Promise<string | null> {
    return this.#fold === null ? null : (await this.#fold.mark()).feed;
  }

  /** Folds the next page of the feed. @returns null when there is nothing more to fold now */
  async advance(): Promise<Step | null> {
    const fold = await this.#open();
    if (!this.#isLive && (await fold.mark()).feed === "0-0") await this.#foldAll(fold);
    const step = await fold.follow(stepSize);
    if (step.isGap) {
      await this.#foldAll(fold); // the feed was cut behind its slowest reader: the streams have everything
      return step;
    }
    if (step.answer === "mismatch") this.#fold = null; // another build is in use by now
    if (step.answer === "held") return null; // somebody reads all of it; in a moment
    if (step.entries > 0) return step;
    if (!this.#isLive) await this.#publish(fold);
    return null;
  }

  /** Removes what was folded a while ago from the feed. */
  async trim(nowMs: number): Promise<void> {
    const { redis, namespace, shard } = this.#options;
    if (this.#fold === null || !this.#isLive) return;
    const { feed } = await this.#fold.mark();
    const [foldedAt = "0"] = feed.split("-");
    await trimFeed(redis, namespace, shard, `${Math.min(Number(foldedAt), nowMs - keepFeedMs)}-0`);
    const { signature } = this.#options.set;
    await removeOutdated(redis, { namespace, shard, signature }, Number(foldedAt) - keepOutdatedMs);
  }

  /** Tries again what was set aside. @returns the runs that are folded now */
  async retryAside(): Promise<readonly string[]> {
    return (await this.#open()).retryAside();
  }

  /** Folds one run from its stream, at once. */
  async foldRun(run: string): Promise<Step> {
    return (await this.#open()).foldRuns([run]);
  }

  async #open(): Promise<ShardFold> {
    if (this.#fold !== null) return this.#fold;
    const { redis, namespace, shard, set } = this.#options;
    const { live, next } = await readBuilds(redis, namespace, shard, set.signature);
    this.#isLive = live !== null;
    const build =
      live ?? next ?? (await beginBuild(redis, { namespace, shard, build: newId() }, set.signature));
    const place = { namespace, shard, build };
    this.#fold = new ShardFold({ redis, place, projections: set.projections, newId, now: () => Date.now() });
    return this.#fold;
  }

  async #foldAll(fold: ShardFold): Promise<void> {
    await fold.foldAll(() => this.#options.signal?.throwIfAborted());
  }

  async #publish(fold: ShardFold): Promise<void> {
    const { redis, set } = this.#options;
    this.#isLive = await switchTo(redis, fold.place, set.signature);
    if (!this.#isLive) this.#fold = null;
  }
}
