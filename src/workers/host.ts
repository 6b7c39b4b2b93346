import { Beats } from "../redis/beats.ts";
import { Channels } from "../redis/channels.ts";
import type { Namespace } from "../redis/keys.ts";
import { RedisPayloadStore } from "../redis/payload-store.ts";
import type { RedisLog } from "../redis/redis-log.ts";
import { RedisResultCache } from "../redis/result-cache.ts";
import { dropLease, joinRoster, leaveRoster, renewLease, type WorkerCard } from "../redis/roster.ts";
import type { RedisConnection } from "../redis/script.ts";
import { PlacedPayloads } from "../stores/placed-payloads.ts";
import { answerQuery } from "./answer-query.ts";
import { HookRunner } from "./hook-runner.ts";
import { createHostDesk } from "./host-limits.ts";
import type { Display, HostOptions } from "./host-options.ts";
import { usualParts } from "./host-parts.ts";
import { createPorts } from "./host-ports.ts";
import { keepLease, type Lease } from "./lease.ts";
import type { LimitDesk } from "./limit-desk.ts";
import { enterDesk, leaveDesk } from "./limit-desks.ts";
import { keepLines, type LineKeeper } from "./line-keeper.ts";
import type { OpenedRun } from "./open-run.ts";
import { OtherRuns } from "./other-runs.ts";
import type { Queues } from "./queues.ts";
import { RunInfos } from "./run-infos.ts";
import type { RunPorts, TaskHint } from "./run-ports.ts";
import { toCard } from "./worker-card.ts";

/** A process that owns runs: its identity, its lease, its ports, and the runs that live in it. */
export class Host {
  readonly worker: string;
  readonly redis: RedisConnection;
  readonly namespace: Namespace;
  readonly log: RedisLog;
  readonly payloads: PlacedPayloads;
  readonly cache: RedisResultCache;
  readonly queues: Queues;
  readonly beats: Beats;
  readonly limits: LimitDesk;
  readonly ports: RunPorts;
  readonly others: OtherRuns;
  readonly infos: RunInfos;
  readonly hooks: HookRunner;
  readonly display: Display;
  readonly #options: HostOptions;
  #channels: Channels | null = null;
  readonly #card: WorkerCard;
  takeAtOnce: (hint: TaskHint) => boolean = () => false; // begins a queued task here if there is a place
  onTaskHint: (flow: string) => void = () => undefined; // a run of this process submits tasks
  readonly #lines: LineKeeper | null;
  readonly #live = new Map<string, OpenedRun>();
  readonly #entered = new Set<string>();
  #suspect: string | null = null;
  #steadySince = Date.now();
  #lease: Lease | null = null;
  #isLeaving = false;
  #hasGivenUp = false;

  constructor(options: HostOptions) {
    const { redis, address, namespace, payloadLimitBytes, display, watch, parts } = options;
    const onTrouble = (error: unknown): void => display.trouble(error);
    const usual = { redis, address, namespace, watch: watch ?? null, onTrouble };
    const { clock, cancelTasks, newRunId, ...own } = parts ?? usualParts(usual);
    this.#options = options;
    this.redis = redis;
    this.namespace = namespace;
    this.display = display;
    this.worker = own.worker;
    this.log = own.log;
    this.payloads = new PlacedPayloads(new RedisPayloadStore(redis, namespace, payloadLimitBytes));
    this.cache = new RedisResultCache(redis, namespace);
    this.beats = new Beats(redis, namespace);
    this.queues = own.queues;
    this.infos = new RunInfos(redis, namespace);
    const { worker, log, payloads, infos, queues } = this;
    this.others = new OtherRuns({ actor: `worker:${worker}`, log, payloads, queues, infos, clock });
    this.#card = toCard(this.worker, options);
    this.limits = createHostDesk({
      redis,
      namespace: namespace.name,
      worker,
      queues: this.queues,
      onTrouble,
      takeAtOnce: (hint) => this.takeAtOnce(hint),
      listen: async (hear) => this.#listen().onSlots(this.worker, hear),
    });
    const keeping = { redis, namespace, worker: this.worker, clock, onTrouble };
    this.#lines = keepLines(keeping, options.keepLinesFrom ?? null);
    this.ports = createPorts({
      worker,
      log,
      payloads,
      cache: this.cache,
      clock,
      cancelTasks,
      newRunId,
      beats: this.beats,
      queues: this.queues,
      others: this.others,
      limits: this.limits,
      onTaskHint: (flow) => this.onTaskHint(flow),
      ...(watch === undefined ? {} : { onReplayed: (flow, ms) => watch.replayed(flow, ms) }),
      observe: (run, events) => {
        if (this.#suspect === run.id && events.some(({ type }) => type === "TurnTaken")) this.#suspect = null;
        display.observe(run, events);
        this.#lines?.observe(events);
        this.hooks.observe(run, events);
      },
      write: (run, line) => {
        display.write(run, line, this.worker);
        this.#lines?.add(run.id, line);
      },
      onAttempt: (spec, run, attempt) => this.hooks.taskBegins(spec, run, attempt),
    });
    this.hooks = new HookRunner(this.ports);
  }

  /** Joins the roster, takes the lease, listens for wake-ups. */
  async open(): Promise<void> {
    const { address, namespace } = this.#options;
    await Promise.all([
      joinRoster(this.redis, namespace.name, this.#card),
      this.#listen().onWake(this.worker, this.log.news, (run) => this.poke(run)),
      this.#listen().onTold(`ask:${this.worker}`, (text) => answerQuery(this, text, this.#live)),
    ]);
    enterDesk(this.limits);
    this.#lease = keepLease({
      address,
      namespace: namespace.name,
      worker: this.worker,
      onExpired: () => this.#rejoin(),
      onLate: () => {
        this.#steadySince = Date.now();
      },
      renewHere: async () => renewLease(this.redis, namespace.name, this.worker),
    });
  }

  /** Calls `listen` with every run, of anybody, that ended or was blocked; a hint. */
  async onEnded(listen: (run: string) => void): Promise<void> {
    await this.#listen().onEnded(listen);
  }

  /** Calls `listen` with tasks that their run does not wait for any more; a hint. */
  async onCancelled(listen: (run: string, keys: readonly string[]) => void): Promise<void> {
    await this.#listen().onCancelled(listen);
  }

  /** Since when the lease has been renewed in time; epoch ms. */
  get steadySince(): number {
    return this.#steadySince;
  }

  /** The process is about to end. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  get runCount(): number {
    return this.#live.size;
  }

  /** Reserves a run for one caller of this process; false = somebody here has it or is about to. */
  enter(run: string): boolean {
    if (this.#entered.has(run)) return false;
    this.#entered.add(run);
    return true;
  }

  /**
   * Reserves the one place for a run whose owners died in a row: until it makes progress, it may be what killed them,
   * and two such runs in one process would be counted out together. false = another one has the place.
   */
  enterSuspect(run: string): boolean {
    this.#suspect ??= run;
    return this.#suspect === run;
  }

  adopt(run: string, opened: OpenedRun): void {
    this.log.news.forget(run);
    this.#live.set(run, opened);
    if (this.#isLeaving) opened.live.leave(); // it was being claimed when the others were told
  }

  /** One life of a run here is over; another one may follow before the run is released. */
  leaveOne(run: string): void {
    this.#live.delete(run);
    this.hooks.forget(run);
  }

  /** The run has left this process. */
  release(run: string): void {
    this.#entered.delete(run);
    this.#live.delete(run);
    if (this.#suspect === run) this.#suspect = null;
  }

  poke(run: string): void {
    this.#live.get(run)?.live.poke();
  }

  /** Asks every run to be handed over as soon as its tasks here have ended. */
  leaveAll(): void {
    this.#isLeaving = true;
    this.limits.stopWaiting();
    for (const { live } of this.#live.values()) live.leave();
  }

  /** Asks tasks of this process to come back, so that their runs can be handed over; or hands them over without. */
  releaseAll(how: "release" | "abandon"): void {
    for (const { work } of this.#live.values()) work[how]();
  }

  /** Gives up what is left: aborts signals, drops runs. Others find them as those of a dead worker. */
  dropAll(): void {
    this.#hasGivenUp = true;
    for (const { live } of this.#live.values()) live.drop(new Error("The worker is stopping."));
  }

  /** Resolves when nothing is left of what runs of this process had to do besides: hooks, shared results, lines. */
  async settled(): Promise<void> {
    await this.hooks.allSettled();
    await Promise.all([this.cache.settled(), this.#lines?.settled()]);
  }

  /** Leaves the roster and closes what this host opened; the command connection stays the caller's. */
  async close(): Promise<void> {
    leaveDesk(this.limits);
    await this.hooks.allSettled();
    await this.cache.settled();
    await Promise.all([this.#lines?.close(), this.limits.close()]);
    await this.#lease?.stop();
    const leave = this.#hasGivenUp ? dropLease : leaveRoster;
    await leave(this.redis, this.namespace.name, this.worker);
    this.#channels?.close();
    await this.queues.close();
  }

  #listen(): Channels {
    return (this.#channels ??= new Channels(this.#options.address, this.namespace.name));
  }

  /** The lease had run out: others may have taken runs from here; each finds out at its next commit. */
  #rejoin(): void {
    this.#steadySince = Date.now();
    joinRoster(this.redis, this.namespace.name, this.#card).catch((error: unknown) =>
      this.display.trouble(error),
    );
    for (const { live } of this.#live.values()) live.poke();
    this.limits.compare().catch((error: unknown) => this.display.trouble(error));
  }
}
