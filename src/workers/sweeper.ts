import { noBounds } from "../engine/specs.ts";
import { TaskCrashed } from "../events/task-events.ts";
import { holdOffice, leaveOffice } from "../redis/election.ts";
import { type HeldAttempt, readHeldAttempts, readOpenRuns } from "../redis/held.ts";
import { systemKeys } from "../redis/keys.ts";
import { isAlive, leaseTtlMs, leaveRoster, readLeaseMs, readRoster } from "../redis/roster.ts";
import { wakeDueRuns } from "./due-runs.ts";
import { detailsOf, endAttempt } from "./end-attempt.ts";
import type { RunHint } from "./hint-jobs.ts";
import type { Host } from "./host.ts";
import type { RunInfos } from "./run-infos.ts";
import { crashedTask } from "./task-hint.ts";

const everyMs = 1_000;
const leastMs = 20; // between two looks at what is due
const termMs = 3_000; // a sweeper that is not heard of for so long is replaced
const mercyMs = 3_000; // after an outage, for everybody to come back and renew their lease

/**
 * Re-derives lost hints from the log, and takes what dead workers owned. One worker at a time sweeps; doing it twice
 * would be harmless, as every step is a compare-and-set in the log.
 */
export class Sweeper {
  readonly #host: Host;
  readonly #infos: RunInfos;
  #timer: NodeJS.Timeout | null = null;
  #sweeping: Promise<void> = Promise.resolve();
  #isStopped = false;
  #sweptAt = Number.NEGATIVE_INFINITY; // when dead workers were last looked for
  #nextDueMs: number | null = null; // until the next run is due; null = none is, as far as is known

  constructor(host: Host) {
    this.#host = host;
    this.#infos = host.infos;
  }

  start(): void {
    this.#plan(0);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#sweeping;
    const { redis, namespace, worker } = this.#host;
    await leaveOffice(redis, systemKeys(namespace.name).sweeper, worker);
  }

  #plan(delayMs: number): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#sweeping = this.#turn();
    }, delayMs);
    this.#timer.unref();
  }

  async #turn(): Promise<void> {
    try {
      const { redis, namespace, worker } = this.#host;
      const office = { key: systemKeys(namespace.name).sweeper, worker, termMs };
      if (await holdOffice(redis, office)) await this.sweep();
    } catch (error) {
      this.#host.display.trouble(error);
    }
    this.#plan(Math.max(leastMs, Math.min(everyMs, this.#nextDueMs ?? everyMs)));
  }

  /** One round: dead workers, once a second; then runs whose time has come, and attempts that gave no heartbeat. */
  async sweep(): Promise<void> {
    if (performance.now() - this.#sweptAt >= everyMs - leastMs) {
      this.#sweptAt = performance.now();
      await this.#sweepDead();
    }
    const toHint = async (run: string, cause: string): Promise<RunHint | null> =>
      this.#infos.hintFor(run, cause);
    this.#nextDueMs = await wakeDueRuns({ host: this.#host, toHint });
  }

  async #sweepDead(): Promise<void> {
    const { redis, namespace, limits } = this.#host;
    if (!(await this.#isSteady())) return;
    for (const id of await this.#findDead()) await this.bury(id);
    await limits.sweep(async (worker) => isAlive(redis, namespace.name, worker)); // also of those who left with slots
  }

  /**
   * Whether this worker's own lease has been renewed steadily: in an outage of Redis, or of this machine, leases run
   * out that nobody could renew, and that says nothing about their workers.
   */
  async #isSteady(): Promise<boolean> {
    const { redis, namespace, worker, steadySince } = this.#host;
    const leftMs = await readLeaseMs(redis, namespace.name, worker);
    return leftMs > leaseTtlMs / 2 && Date.now() - steadySince > mercyMs;
  }

  /** Workers without a lease. */
  async #findDead(): Promise<readonly string[]> {
    const { redis, namespace, worker } = this.#host;
    const roster = await readRoster(redis, namespace.name);
    return roster.filter(({ id, isAlive }) => !isAlive && id !== worker).map(({ id }) => id);
  }

  /** Takes what a dead worker owned: its runs, its attempts of queued tasks, and its slots of limits. */
  async bury(dead: string): Promise<void> {
    const { redis, namespace, limits } = this.#host;
    for (let shard = 0; shard < namespace.shards; shard += 1) {
      for (const { run, owner } of await readOpenRuns(redis, namespace, shard)) {
        if (owner?.worker === dead) await this.#takeRun(run, owner);
      }
      for (const held of await readHeldAttempts(redis, namespace, shard))
        if (held.worker === dead) await this.#crash(held);
    }
    await limits.bury(dead);
    await leaveRoster(redis, namespace.name, dead); // last: a sweeper that dies here is followed by another one
  }

  async #takeRun(run: string, owner: { readonly worker: string; readonly epoch: number }): Promise<void> {
    const { log, worker } = this.#host;
    const { status } = await log.takeFrom(run, owner, `sweeper:${worker}`);
    if (status === "ok") await this.#hintRun(run, `lost-${owner.epoch}`);
  }

  async #crash(held: HeldAttempt): Promise<void> {
    const { run, key, attempt } = held;
    const crashes = held.crashes + 1;
    const event =
      crashes >= (held.maxCrashes ?? noBounds.maxCrashes)
        ? crashedTask(key, attempt, crashes)
        : TaskCrashed.make({ key, attempt, worker: held.worker, heartbeat: detailsOf(held) });
    const isEnd = await endAttempt(this.#host, held, { event, retryInMs: 0 });
    if (isEnd) await this.#hintRun(run, `crashed-${attempt}`);
  }

  async #hintRun(run: string, cause: string): Promise<void> {
    const hint = await this.#infos.hintFor(run, cause);
    if (hint !== null) await this.#host.queues.hintRun(hint);
  }
}
