import { EngineError } from "../base/errors.ts";
import { toUlid } from "../base/ids.ts";
import type { FlowSpec } from "../engine/specs.ts";
import type { Event } from "../events/catalog.ts";
import { firstDueAt } from "../redis/due.ts";
import { leaseKey, type Namespace } from "../redis/keys.ts";
import { RedisPayloadStore } from "../redis/payload-store.ts";
import { RedisLog } from "../redis/redis-log.ts";
import { dropLease, leaseTtlMs } from "../redis/roster.ts";
import { PlacedPayloads } from "../stores/placed-payloads.ts";
import { toCreated } from "../workers/create-run.ts";
import type { RunHint } from "../workers/hint-jobs.ts";
import type { RunLimits, TaskHint } from "../workers/run-ports.ts";
import type { Store } from "../workers/settings.ts";
import { Sweeper } from "../workers/sweeper.ts";
import { Faults } from "./faults.ts";
import { HarnessWorker, type Surroundings } from "./harness-worker.ts";
import type { Mocks } from "./mocks.ts";
import { RunningAttempts } from "./running-attempts.ts";
import { VirtualTime } from "./virtual-time.ts";

export interface WorldOptions {
  readonly store: Store;
  readonly mocks: Mocks;
  readonly limits: RunLimits;
  readonly startAt: number; // epoch ms
}

/** Workers that share a log in one process: who gets which hint, who dies, and who takes over. */
export class World {
  readonly log: RedisLog;
  readonly payloads: PlacedPayloads;
  readonly time: VirtualTime;
  readonly attempts = new RunningAttempts();
  readonly faults = new Faults();
  readonly troubles: unknown[] = [];
  readonly #options: WorldOptions;
  readonly #workers: HarnessWorker[] = [];
  readonly #listeners = new Map<string, (() => void)[]>();
  #born = 0;
  #runs = 0;
  #told = 0;
  #writes = 0;
  #isClosed = false;

  constructor(options: WorldOptions) {
    const { redis, namespace, settings } = options.store;
    this.#options = options;
    this.log = new RedisLog(redis, namespace);
    this.payloads = new PlacedPayloads(new RedisPayloadStore(redis, namespace, settings.payloadLimitBytes));
    this.time = new VirtualTime(options.startAt);
  }

  get namespace(): Namespace {
    return this.#options.store.namespace;
  }

  /** Grows with every commit that holds events. */
  get writes(): number {
    return this.#writes;
  }

  /** How often each task of a run was begun, by key. */
  begunIn(run: string): ReadonlyMap<string, number> {
    return this.#options.mocks.begunIn(run);
  }

  /** Creates a run, and hints it to a worker. Its id is the same in every test: chance and names of a run come of it. */
  async create(spec: FlowSpec, input: unknown): Promise<{ readonly run: string; readonly name: string }> {
    const { name: flow, queue, tags } = spec;
    const { run, created } = await toCreated(
      { flow, input, queue, tags, name: null, source: null },
      this.payloads,
      { run: this.#newRunId(), now: () => this.time.now },
    );
    const events = [created];
    await this.log.create({
      run,
      actor: "client:harness",
      events,
      owner: null,
      ends: false,
      dueInMs: null,
    });
    this.#giveRun({ run, flow, queue, cause: "start" }, "first");
    return { run, name: created.data.name };
  }

  /** Records a fact that comes from outside; whoever has the run, or is to have it, hears of it. */
  async tell(run: string, toFact: (id: string) => Event): Promise<void> {
    this.#told += 1;
    const id = `harness-${this.#told}`;
    const shared = { run, actor: "client:harness", seen: -1, wakeInMs: 0, attempt: null, unblock: false };
    const answer = await this.log.append({ ...shared, events: [toFact(id)], dedupeKey: id });
    if (answer.status === "closed") throw new EngineError("RUN_CLOSED", `Run ${run} has ended.`, { run });
    this.#writes += 1;
    if (answer.owner !== "") this.#wake(answer.owner, run);
    else await this.#worker(0).hint(run, id);
  }

  #newRunId(): string {
    this.#runs += 1;
    const number = new Uint8Array(10);
    new DataView(number.buffer).setUint32(6, this.#runs);
    return toUlid(this.time.now, number);
  }

  #wake(worker: string, run: string): void {
    if (!this.faults.isLosing) this.#workers.find(({ id }) => id === worker)?.host.poke(run);
  }

  /** Calls back when the run may have ended or been blocked; returns the way to forget it. */
  onLeft(run: string, listen: () => void): () => void {
    this.#listeners.set(run, [...(this.#listeners.get(run) ?? []), listen]);
    return () => {
      const others = (this.#listeners.get(run) ?? []).filter((other) => other !== listen);
      this.#listeners.set(run, others);
    };
  }

  /** When something is due that only time brings, epoch ms; null = nothing is. */
  async nextAt(): Promise<number | null> {
    const due = await this.#firstDue();
    const { nextAt } = this.time;
    if (due === null || nextAt === null) return due ?? nextAt;
    return Math.min(due, nextAt);
  }

  /** Does what sweepers do for runs whose time has come, if there are any. */
  async sweep(): Promise<boolean> {
    const due = await this.#firstDue();
    if (due === null || due > this.time.now) return false;
    await new Sweeper(this.#worker(0).host).sweep();
    return true;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const worker of this.#workers) worker.die();
    await Promise.all(this.#workers.map(async (worker) => worker.host.close()));
  }

  async #firstDue(): Promise<number | null> {
    const { store } = this.#options;
    const shards = Array.from({ length: store.namespace.shards }, (_, shard) => shard);
    const firsts = await Promise.all(
      shards.map(async (shard) => firstDueAt(store.redis, store.namespace, shard)),
    );
    const known = firsts.filter((at) => at !== null);
    return known.length === 0 ? null : Math.min(...known);
  }

  #giveRun(hint: RunHint, how: "first" | "again"): void {
    this.#give(how, 0, (worker) => worker.takeRun(hint));
  }

  #giveTask(hint: TaskHint, how: "first" | "again"): void {
    this.#give(how, hint.delayMs, (worker) => worker.takeTask(hint));
  }

  /** A hint on its way. */
  #give(how: "first" | "again", delayMs: number, take: (worker: HarnessWorker) => void): void {
    if (this.faults.isLosing && how === "first") return;
    for (let copy = 0; copy < this.faults.copies; copy += 1)
      this.time.clockOf("mail").after(delayMs, () => take(this.#worker(copy)));
  }

  /** The n-th of the workers that live; born when it is needed. */
  #worker(nth: number): HarnessWorker {
    for (;;) {
      const alive = this.#workers.filter(({ isDead }) => !isDead);
      const worker = alive[nth];
      if (worker !== undefined) return worker;
      this.#bear();
    }
  }

  #bear(): void {
    this.#born += 1;
    const { store, mocks, limits } = this.#options;
    const around: Surroundings = {
      store,
      mocks,
      limits,
      time: this.time,
      attempts: this.attempts,
      faults: this.faults,
      giveRun: (hint, how) => this.#giveRun(hint, how),
      giveTask: (hint, how) => this.#giveTask(hint, how),
      wrote: (_run, events) => {
        if (events > 0) this.#writes += 1;
      },
      left: (run) => {
        for (const listen of this.#listeners.get(run) ?? []) listen();
        for (const { host } of this.#workers) host.murmur.ended(run);
      },
      wake: (worker, run) => this.#wake(worker, run),
      cancelTasks: (run, keys) => {
        for (const { host } of this.#workers) host.murmur.cancelled(run, keys);
      },
      newRunId: () => this.#newRunId(),
      died: (worker) => {
        if (!this.#isClosed) this.time.clockOf("mail").after(leaseTtlMs, () => void this.#bury(worker));
      },
      trouble: (error) => this.troubles.push(error),
    };
    const worker = new HarnessWorker(`worker-${this.#born}`, around);
    this.#workers.push(worker);
    this.#hold(worker.id);
  }

  /** A lease that holds until somebody drops it: it is not a matter of time here. */
  #hold(worker: string): void {
    const { redis, namespace } = this.#options.store;
    redis.set(leaseKey(namespace.name, worker), "1").catch((error: unknown) => this.troubles.push(error));
  }

  /** The lease of a dead worker has run out: a sweeper takes what it owned. */
  async #bury({ id }: HarnessWorker): Promise<void> {
    const { redis, namespace } = this.#options.store;
    try {
      await dropLease(redis, namespace.name, id);
      await new Sweeper(this.#worker(0).host).bury(id);
    } catch (error) {
      this.troubles.push(error);
    }
  }
}
