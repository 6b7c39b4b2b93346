import { EngineError } from "../base/errors.ts";
import { isRunId } from "../base/ids.ts";
import type { Event } from "../events/catalog.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import { followRun } from "../redis/follow-run.ts";
import { type OpenRecord, readOpenRuns } from "../redis/held.ts";
import { newestRuns, type RunOutline, readOutline, readOutlineIfReadable } from "../redis/list-runs.ts";
import { RedisPayloadStore } from "../redis/payload-store.ts";
import { readRun } from "../redis/read-run.ts";
import { RedisLog } from "../redis/redis-log.ts";
import { type RosterEntry, readRoster } from "../redis/roster.ts";
import { PlacedPayloads } from "../stores/placed-payloads.ts";
import { type NewRun, toCreated } from "./create-run.ts";
import { newId } from "./ids.ts";
import { Queues } from "./queues.ts";
import { openStore, type Settings, type Store, settingsFromEnvironment } from "./settings.ts";
import { missingStore } from "./store-place.ts";

export interface StartedRun {
  readonly run: string;
  readonly name: string;
  readonly created: Event<"RunCreated">;
}

const looksLikeId = /^\d[\dA-Z]*$/i; // a ULID begins with its time

/** Looks at runs and asks for new ones; owns none. */
export class Client {
  readonly id = newId().slice(-12).toLowerCase();
  readonly store: Store;
  readonly log: RedisLog;
  readonly payloads: PlacedPayloads;
  readonly #queues: Queues;

  constructor(store: Store) {
    const { redis, address, namespace, settings } = store;
    this.store = store;
    this.log = new RedisLog(redis, namespace);
    this.payloads = new PlacedPayloads(new RedisPayloadStore(redis, namespace, settings.payloadLimitBytes));
    this.#queues = new Queues(redis, address, namespace.name);
  }

  async roster(): Promise<readonly RosterEntry[]> {
    return readRoster(this.store.redis, this.store.namespace.name);
  }

  /**
   * Creates a run for the workers of its queue, and hints it to them.
   * @throws EngineError OUTPUT_UNRECORDABLE, PAYLOAD_TOO_LARGE for the input
   */
  async start(newRun: NewRun): Promise<StartedRun> {
    const { run, created } = await toCreated(newRun, this.payloads);
    const actor = `client:${this.id}`;
    await this.log.create({ run, actor, events: [created], owner: null, ends: false, dueInMs: null });
    const { flow, queue, name } = created.data;
    await this.#queues.hintRun({ run, flow, queue, cause: "start" });
    return { run, name, created };
  }

  /** Tells the workers of a run's queue that it has something to do; a hint. */
  async hintRun(
    run: string,
    { flow, queue }: { readonly flow: string; readonly queue: string },
    cause: string,
  ): Promise<void> {
    await this.#queues.hintRun({ run, flow, queue, cause });
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

  /** @throws EngineError EVENT_UNREADABLE, EVENT_UNKNOWN */
  async events(run: string): Promise<readonly RecordedEvent[]> {
    return readRun(this.store.redis, this.store.namespace, { run, after: 0 });
  }

  /** As `followRun`; an empty list about every `pauseMs` while nothing happens. */
  follow(
    run: string,
    signal: AbortSignal,
    pauseMs: number,
  ): AsyncGenerator<readonly RecordedEvent[], void, void> {
    const { address, namespace } = this.store;
    return followRun(address, namespace, { run, after: 0 }, { signal, pauseMs });
  }

  /**
   * Finds a run by its id, the beginning of its id (in any case), or its name (then the newest of that name).
   * @throws EngineError RUN_NOT_FOUND, or OPTION_INVALID when the beginning fits several
   */
  async find(reference: string): Promise<RunOutline> {
    const { redis, namespace } = this.store;
    for (const id of new Set([reference, reference.toUpperCase()])) {
      const exact = isRunId(id) ? await readOutline(redis, namespace, id) : null;
      if (exact !== null) return exact;
    }
    const only = looksLikeId.test(reference) ? await this.#findPrefix(reference) : null;
    const found =
      only === null ? await this.#findNamed(reference) : await readOutline(redis, namespace, only);
    if (found !== null) return found;
    throw new EngineError(
      "RUN_NOT_FOUND",
      `There is no run "${reference}". See which there are: millrace runs ls`,
      {
        run: reference,
      },
    );
  }

  async #findPrefix(reference: string): Promise<string | null> {
    const prefix = reference.toUpperCase();
    const fitting: string[] = [];
    for await (const run of this.newest()) {
      if (run.toUpperCase().startsWith(prefix)) fitting.push(run);
      if (fitting.length === 2) throw ambiguous(reference, fitting);
    }
    return fitting[0] ?? null;
  }

  async #findNamed(name: string): Promise<RunOutline | null> {
    let page: string[] = [];
    const lookThrough = async (): Promise<RunOutline | null> => {
      const outlines = await Promise.all(page.map(async (run) => this.outline(run)));
      page = [];
      return outlines.find((outline) => outline?.created.data.name === name) ?? null;
    };
    for await (const run of this.newest()) {
      if (page.push(run) < 100) continue;
      const found = await lookThrough();
      if (found !== null) return found;
    }
    return lookThrough();
  }

  async close(): Promise<void> {
    await this.#queues.close();
    await this.store.close();
  }
}

function ambiguous(reference: string, runs: readonly string[]): EngineError {
  const text = `Several runs begin with "${reference}", as ${runs.join(" and ")}. Give more of the id, or the name.`;
  return new EngineError("OPTION_INVALID", text, { run: reference });
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
