import { EngineError } from "../base/errors.ts";
import type { Event } from "../events/catalog.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import { followRun } from "../redis/follow-run.ts";
import { type OpenRecord, readOpenRuns } from "../redis/held.ts";
import { newestRuns, type RunOutline, readOutlineIfReadable } from "../redis/list-runs.ts";
import { RedisPayloadStore } from "../redis/payload-store.ts";
import { readRun } from "../redis/read-run.ts";
import { type RunTail, readTail } from "../redis/read-tail.ts";
import { RedisLog } from "../redis/redis-log.ts";
import { type RosterEntry, readRoster } from "../redis/roster.ts";
import { PlacedPayloads } from "../stores/placed-payloads.ts";
import { type NewRun, toCreated } from "./create-run.ts";
import { findRun } from "./find-run.ts";
import type { RunHint } from "./hint-jobs.ts";
import { newId } from "./ids.ts";
import { Queues } from "./queues.ts";
import { openStore, type Settings, type Store, settingsFromEnvironment } from "./settings.ts";
import { missingStore } from "./store-place.ts";

export interface StartedRun {
  readonly run: string;
  readonly name: string;
  readonly created: Event<"RunCreated">;
  readonly isNew: boolean; // false = a run with this id was there
}

/** What a client lends to those that act on behalf of others. */
interface Shared {
  readonly actor: string;
  readonly log: RedisLog;
  readonly payloads: PlacedPayloads;
  readonly queues: Queues;
}

/** Looks at runs and asks for new ones; owns none. */
export class Client {
  readonly id = newId().slice(-12).toLowerCase();
  readonly actor: string;
  readonly store: Store;
  readonly log: RedisLog;
  readonly payloads: PlacedPayloads;
  readonly queues = { hintRun: async (hint: RunHint): Promise<void> => this.hint(hint) }; // as a host's, but a lost hint is no trouble
  readonly #queues: Queues;
  #lastInstant = 0;

  constructor(store: Store, shared: Shared | null = null) {
    const { redis, address, namespace, settings } = store;
    this.store = store;
    this.actor = shared?.actor ?? `client:${this.id}`;
    this.log = shared?.log ?? new RedisLog(redis, namespace);
    this.payloads =
      shared?.payloads ??
      new PlacedPayloads(new RedisPayloadStore(redis, namespace, settings.payloadLimitBytes));
    this.#queues = shared?.queues ?? new Queues(redis, address, namespace.name);
  }

  /** The same client on behalf of somebody else, whose name stands in what it records. Is not closed by itself. */
  as(actor: string): Client {
    const { log, payloads } = this;
    return new Client(this.store, { actor, log, payloads, queues: this.#queues });
  }

  async roster(): Promise<readonly RosterEntry[]> {
    return readRoster(this.store.redis, this.store.namespace.name);
  }

  /**
   * Creates a run for the workers of its queue, and hints it to them, unless it begins later: then it is due.
   * @throws EngineError OUTPUT_UNRECORDABLE, PAYLOAD_TOO_LARGE for the input
   */
  async start(newRun: NewRun): Promise<StartedRun> {
    const { run, created } = await toCreated(newRun, this.payloads);
    const { flow, queue, name, startAt } = created.data;
    const inMs = startAt === null ? 0 : Math.max(0, startAt - Date.now());
    const { status } = await this.log.create({
      run,
      actor: this.actor,
      events: [created],
      owner: null,
      ends: false,
      dueInMs: inMs === 0 ? null : inMs,
    });
    const isNew = status !== "exists";
    if (isNew && inMs === 0) await this.hint({ run, flow, queue, cause: "start" });
    return { run, name, created, isNew };
  }

  /** Now, and later than every time before: no two starts of this client are alike. Epoch ms. */
  instant(): number {
    this.#lastInstant = Math.max(Date.now(), this.#lastInstant + 1);
    return this.#lastInstant;
  }

  /** Tells the workers of its queue that there is something to do for a run. What is lost, a sweeper finds. */
  async hint(hint: RunHint): Promise<void> {
    await this.#queues.hintRun(hint).catch(() => undefined); // what it is about is recorded: that counts
  }

  /** Every run that has not ended. O(open runs). */
  async openRuns(): Promise<readonly OpenRecord[]> {
    const { redis, namespace } = this.store;
    const shards = Array.from({ length: namespace.shards }, (_, shard) => shard);
    const lists = await Promise.all(shards.map(async (shard) => readOpenRuns(redis, namespace, shard)));
    return lists.flat();
  }

  /** Ids of all runs, newest first. */
  newest(): AsyncGenerator<string, void, void> {
    return newestRuns(this.store.redis, this.store.namespace);
  }

  /** null = there is no such run, or it cannot be read. */
  async outline(run: string): Promise<RunOutline | null> {
    return readOutlineIfReadable(this.store.redis, this.store.namespace, run);
  }

  /**
   * What happened last in a run; null = there is no such run.
   * @throws EngineError EVENT_UNREADABLE, EVENT_UNKNOWN
   */
  async tail(run: string): Promise<RunTail | null> {
    return readTail(this.store.redis, this.store.namespace, run);
  }

  /** @throws EngineError EVENT_UNREADABLE, EVENT_UNKNOWN */
  async events(run: string): Promise<readonly RecordedEvent[]> {
    return readRun(this.store.redis, this.store.namespace, { run, after: 0 });
  }

  /** As `followRun`, from the start; an empty list about every `pauseMs` while nothing happens. */
  follow(
    run: string,
    signal: AbortSignal,
    pauseMs: number,
  ): AsyncGenerator<readonly RecordedEvent[], void, void> {
    const { address, namespace } = this.store;
    return followRun(address, namespace, { run, after: 0 }, { signal, pauseMs });
  }

  /** As `findRun`. */
  async find(reference: string): Promise<RunOutline> {
    return findRun(this.store, reference);
  }

  async close(): Promise<void> {
    await this.#queues.close();
    await this.store.close();
  }
}

/** Opens the store of the environment. */
export async function openClient(): Promise<Client> {
  return new Client(await openStore(settingsFromEnvironment()));
}

/**
 * As `openClient`, for commands that look at what is there: makes no new directory.
 * @throws EngineError RUN_NOT_FOUND when there is no store
 */
export async function openExisting(): Promise<Client> {
  const settings: Settings = settingsFromEnvironment();
  const missing = missingStore(settings);
  if (missing !== null) throw new EngineError("RUN_NOT_FOUND", missing, { dir: settings.dir });
  return new Client(await openStore(settings));
}
