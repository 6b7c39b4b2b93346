/// <reference lib="esnext.disposable" preserve="true" />
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Duration, toMs } from "../base/durations.ts";
import { EngineError } from "../base/errors.ts";
import { deleteNamespace } from "../redis/delete-namespace.ts";
import { setLogClock, useLogClock } from "../redis/log-clock.ts";
import { countCommands, type OpenCommands } from "../redis/open-commands.ts";
import { openNamespace } from "../redis/open-namespace.ts";
import { defaultPayloadLimitBytes } from "../redis/payload-store.ts";
import type { Flow } from "../sdk/flow.ts";
import { findFlow } from "../sdk/registry.ts";
import type { Task } from "../sdk/task.ts";
import { newId } from "../workers/ids.ts";
import { defaultLimits } from "../workers/run-ports.ts";
import { openStore, type Store } from "../workers/settings.ts";
import type { Faults } from "./faults.ts";
import { HarnessRun } from "./harness-run.ts";
import { type Mock, Mocks } from "./mocks.ts";
import { Passage } from "./passage.ts";
import { pause, Stillness } from "./stillness.ts";
import { World } from "./world.ts";

export interface HarnessOptions {
  readonly redisUrl?: string; // default: a private server in a temporary directory, gone with the harness
  readonly startAt?: Date | string | number; // what time it is at first; default: now
  readonly time?: "auto" | "manual"; // auto = it passes while somebody waits for a result; manual = by `advance`
  readonly alwaysReplay?: boolean; // the code of a run is replayed from its log before every step
  readonly patience?: Duration; // a task that shows no sign of work for so long waits for time to pass; default 25 ms
}

/** A server that harnesses share, until the last of them is closed.  @internal */
interface Site {
  readonly store: Store;
  readonly commands: OpenCommands;
  readonly dir: string | null; // null = the server is somebody else's
  users: number;
}

/**
 * Opens a harness: runs of your flows in the process of the test, on a real log, in time of their own.
 * @throws EngineError OPTION_INVALID, REDIS_MISSING, REDIS_UNAVAILABLE
 */
export async function createHarness(options: HarnessOptions = {}): Promise<Harness> {
  const startAt = toInstant(options.startAt ?? Date.now());
  const site = await openSite(options.redisUrl ?? null);
  return openHarness(site, { ...options, startAt }, new Mocks());
}

async function openSite(redisUrl: string | null): Promise<Site> {
  const dir = redisUrl === null ? mkdtempSync(join(tmpdir(), "millrace-test-")) : null;
  const store = await openStore({
    redisUrl,
    dir: dir ?? "",
    durability: "everysec",
    namespace: newNamespace(),
    shards: 1,
    payloadLimitBytes: defaultPayloadLimitBytes,
    runLogs: false,
  });
  useLogClock(store.redis);
  return { store, commands: countCommands(store.redis), dir, users: 0 };
}

interface Opening extends HarnessOptions {
  readonly startAt: number;
}

async function openHarness(site: Site, options: Opening, mocks: Mocks): Promise<Harness> {
  site.users += 1;
  const { redis } = site.store;
  const namespace = await openNamespace(redis, newNamespace(), 1);
  await setLogClock(redis, namespace, options.startAt);
  return new Harness({ ...site.store, namespace }, site, { options, mocks });
}

/** Runs flows in the process of a test; see `createHarness`. */
export class Harness implements AsyncDisposable {
  readonly faults: Faults;
  readonly #site: Site;
  readonly #store: Store;
  readonly #options: Opening;
  readonly #mocks: Mocks;
  readonly #world: World;
  readonly #passage: Passage;
  #isClosed = false;

  /** @internal */
  constructor(
    store: Store,
    site: Site,
    { options, mocks }: { readonly options: Opening; readonly mocks: Mocks },
  ) {
    this.#site = site;
    this.#store = store;
    this.#options = options;
    this.#mocks = mocks;
    const alwaysReplay = options.alwaysReplay ?? defaultLimits.alwaysReplay ?? false;
    const limits = { ...defaultLimits, alwaysReplay };
    this.#world = new World({ store, mocks, limits, startAt: options.startAt });
    const { time, attempts, faults } = this.#world;
    this.faults = faults;
    const patienceMs = toMs(options.patience ?? 25);
    this.#passage = new Passage({
      world: this.#world,
      still: new Stillness({ time, commands: site.commands, attempts, patienceMs }),
      isManual: options.time === "manual",
      setLog: async (now) => setLogClock(store.redis, store.namespace, now),
      isClosed: () => this.#isClosed,
    });
  }

  /** Runs a flow and waits for its result. Rejects with the flow's error, or as `HarnessRun.result`. */
  async run<Args extends readonly unknown[], Result>(
    flow: Flow<Args, Result>,
    ...args: Args
  ): Promise<Result> {
    const run = await this.#create(flow, args);
    return run.result();
  }

  /** Starts a run, and resolves when it waits for time to pass, or for you. */
  async start<Args extends readonly unknown[], Result>(
    flow: Flow<Args, Result>,
    ...args: Args
  ): Promise<HarnessRun<Result>> {
    const run = await this.#create(flow, args);
    await this.#passage.settle();
    return run;
  }

  /** What time it is; epoch ms. */
  now(): number {
    return this.#world.time.now;
  }

  /** Lets time pass, and everything happen that is due on the way. */
  async advance(duration: Duration): Promise<void> {
    await this.#passage.advance(toMs(duration));
  }

  /** Resolves when nothing more happens unless time passes. */
  async settle(): Promise<void> {
    await this.#passage.settle();
  }

  /** From now on `fn` runs in place of the task's function, in this harness only. */
  mock<Args extends readonly unknown[], Result>(
    task: Task<Args, Result>,
    fn: (...args: NoInfer<[...Args]>) => Result | Promise<Result>,
  ): Mock<Args> {
    return this.#mocks.mock(task, fn);
  }

  /** Another harness on the same server: the same options and mocks, no runs, no faults, at the time of the start. */
  async sibling(): Promise<Harness> {
    return openHarness(this.#site, this.#options, this.#mocks.copy());
  }

  /** Ends what still runs, and leaves nothing behind. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#world.close();
    const { store, dir, commands } = this.#site;
    await deleteNamespace(store.redis, this.#store.namespace.name);
    this.#site.users -= 1;
    if (this.#site.users > 0) return;
    await deleteNamespace(store.redis, store.namespace.name);
    for (let tries = 0; commands.open > 0 && tries < 100; tries += 1) await pause(1);
    await store.close();
    if (dir !== null) rmSync(dir, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #create<Result>(
    { spec }: Flow<never, Result>,
    args: readonly unknown[],
  ): Promise<HarnessRun<Result>> {
    if (this.#isClosed) throw new EngineError("COMMAND_REFUSED", "The harness is closed.");
    findFlow(spec.name); // two flows of one name: say it here, and not by a run that nobody takes
    const created = await this.#world.create(spec, args[0]);
    return new HarnessRun(created, this.#world, this.#passage);
  }
}

function newNamespace(): string {
  return `test-${newId().toLowerCase()}`;
}

function toInstant(given: Date | string | number): number {
  const at = new Date(given).getTime();
  if (Number.isInteger(at) && at >= 0) return at;
  throw new EngineError("OPTION_INVALID", `startAt must be a time, and is ${JSON.stringify(given)}.`);
}
