import { isEngineError } from "../base/errors.ts";
import type { CommitAnswer, PayloadStore } from "../engine/run-log.ts";
import type { TaskSpec } from "../engine/specs.ts";
import type { Event } from "../events/catalog.ts";
import { toRecorded } from "../events/envelope.ts";
import { TaskStarted } from "../events/task-events.ts";
import { endKey, startKey } from "../redis/beats.ts";
import type { RunInfo } from "../sdk/context.ts";
import { findTask } from "../sdk/registry.ts";
import type { AttemptResult } from "./attempt.ts";
import type { AttemptAbort } from "./attempt-abort.ts";
import type { Host } from "./host.ts";
import type { LimitPlace } from "./limit-place.ts";
import { forgoHint, lineUpHint, ticketOf } from "./limited-attempt.ts";
import { insist, type Patience, PatientLog, patientPayloads } from "./patient-log.ts";
import { type AttemptEnd, AttemptStops, holderOf, type QueuedAttempt, runQueued } from "./queued-attempt.ts";
import type { RunInfos } from "./run-infos.ts";
import type { TaskHint } from "./run-ports.ts";
import { isEndOf, nextHint } from "./task-hint.ts";
import { type TaskOutcome, toOutcome } from "./task-outcome.ts";
import { workerStops } from "./time-limits.ts";

const rememberAtMost = 20_000; // attempts
const graceMs = 10_000; // a retry whose hint got lost is found so much later

/**
 * Runs attempts of queued tasks. An attempt is begun once (the log tells who began it), and its end is recorded once,
 * whatever the queue does; a task that fails is a result.
 */
export class TaskProcessor {
  readonly #host: Host;
  readonly #infos: RunInfos;
  readonly #stops = new AttemptStops();
  readonly #impatient = new AbortController();
  readonly #patience: Patience;
  readonly #log: PatientLog; // an attempt that this process has begun is ended by nobody else
  readonly #payloads: PayloadStore;
  readonly #running = new Map<string, AttemptAbort>(); // by run and key
  readonly #begun = new Set<string>(); // attempts that this process has begun; the newest ones

  constructor(host: Host) {
    this.#host = host;
    const { ports, display } = host;
    const onTrouble = (error: unknown): void => display.trouble(error);
    const patience = { clock: ports.clock, stop: this.#impatient.signal, onTrouble };
    this.#patience = patience;
    this.#log = new PatientLog(host.log, patience);
    this.#payloads = patientPayloads(host.payloads, patience);
    this.#infos = host.infos;
  }

  /** Hears of attempts that nobody waits for any more. */
  async listen(): Promise<void> {
    await this.#host.onCancelled((run, keys) => {
      for (const key of keys) this.#running.get(`${run} ${key}`)?.abort(new Error("The task was cancelled."));
    });
    await this.#host.onEnded((run) => {
      for (const [id, abort] of this.#running)
        if (id.startsWith(`${run} `)) abort.abort(new Error("The run has ended."));
    });
  }

  /** Aborts the signals of what runs: whoever listens is tried again elsewhere, as the same attempt. */
  release(): void {
    this.#stops.release.abort(workerStops());
  }

  /** Gives the others back, too; what their functions still do is ignored. */
  giveUp(): void {
    this.release();
    this.#stops.giveUp.abort();
  }

  /** Does not even wait for Redis any more; a sweeper finds what is left. */
  abandon(): void {
    this.#impatient.abort();
  }

  /** @returns false when this process does not know the task: another one may; a hint that somebody else must take */
  async take(hint: TaskHint): Promise<boolean | TaskHint> {
    const spec = this.#known(hint.task);
    if (spec === null) return false;
    const id = ticketOf(hint);
    if (this.#begun.has(id)) return forgoHint(this.#host.limits, hint); // hinted twice
    const place = hint.rules === undefined ? null : await lineUpHint(this.#host.limits, hint);
    if (place === "taken") return false;
    if (place === "waiting" || place === "queued") return true; // hinted again when its turn has come
    if (this.#begun.has(id)) return true; // meanwhile, and with the same place
    return this.#takeIn(place, hint, spec);
  }

  async #takeIn(place: LimitPlace | null, hint: TaskHint, spec: TaskSpec): Promise<true | TaskHint> {
    const id = ticketOf(hint);
    this.#begun.add(id);
    if (this.#begun.size > rememberAtMost) this.#begun.delete(this.#begun.keys().next().value ?? "");
    try {
      const givenBack = await this.#run(hint, spec, place);
      if (givenBack === null) return true;
      this.#begun.delete(id); // it may come back to this worker
      return givenBack;
    } finally {
      if (!this.#stops.giveUp.signal.aborted) place?.leave(); // else its function may go on: a sweeper gives its slots away
    }
  }

  #known(name: string): TaskSpec | null {
    try {
      return findTask(name);
    } catch (error) {
      if (!isEngineError(error, "TASK_UNKNOWN")) throw error;
      this.#host.display.trouble(error);
      return null;
    }
  }

  async #run(hint: TaskHint, spec: TaskSpec, place: LimitPlace | null): Promise<TaskHint | null> {
    const [begun, info, events] = await Promise.all([
      this.#begin(hint),
      insist(async () => this.#infos.find(hint.run), this.#patience),
      insist(async () => this.#host.log.readEvent(hint.run, hint.position), this.#patience),
    ]);
    const scheduled = events?.type === "TaskScheduled" ? events : null;
    if (info === null || scheduled === null || !(await this.#mayRun(begun, hint))) return null;
    if (begun.events.some((event) => isEndOf(event, hint.key))) return this.#letGo(hint);
    const started = TaskStarted.make({ key: hint.key, attempt: hint.attempt, worker: this.#host.worker });
    this.#show(info, [started], begun);
    const ageMs = Math.max(0, begun.now - scheduled.recordedAt);
    return this.#perform(hint, spec, { info, scheduled, ageMs, place });
  }

  async #begin(hint: TaskHint): Promise<CommitAnswer> {
    const { run, key, attempt, position, crashes, isTimed } = hint;
    const { worker } = this.#host;
    const mayBeOver = crashes > 0 || isTimed === true; // whoever was taken for dead may have ended it after all
    return this.#log.append({
      run,
      actor: `worker:${worker}`,
      events: [TaskStarted.make({ key, attempt, worker })],
      dedupeKey: startKey(key, attempt),
      seen: mayBeOver ? position : -1,
      unlessEnded: key,
      wakeInMs: null,
      attempt: { key, attempt, holder: JSON.stringify(holderOf(hint, worker)) },
      unblock: false,
    });
  }

  /** The task has ended already: this attempt is not held any more. */
  async #letGo({ run, key, attempt }: TaskHint): Promise<null> {
    const nothing = { events: [], dedupeKey: "", seen: -1, wakeInMs: null, unblock: false };
    const actor = `worker:${this.#host.worker}`;
    await this.#log.append({ ...nothing, run, actor, attempt: { key, attempt, holder: null } });
    return null;
  }

  /**
   * An attempt that somebody began before is left to them, or to the sweeper. This process asks once for each attempt:
   * if the log already has its own start, the reply was lost and the driver asked again.
   */
  async #mayRun(begun: CommitAnswer, hint: TaskHint): Promise<boolean> {
    if (begun.status !== "again") return begun.status === "ok";
    const start = await this.#host.log.readEvent(hint.run, begun.position);
    return start?.type === "TaskStarted" && start.data.worker === this.#host.worker;
  }

  /** @returns the hint of an attempt that was given back; null = it is over */
  async #perform(hint: TaskHint, spec: TaskSpec, begun: Begun): Promise<TaskHint | null> {
    const { info } = begun;
    const shared = {
      host: this.#host,
      payloads: this.#payloads,
      stops: this.#stops,
      patience: this.#patience,
      running: this.#running,
    };
    const end = await runQueued({ ...shared, ...begun, hint, spec });
    if (end.result === null) return this.#giveBack(hint, end.heartbeat);
    const isOver = end.isUnwanted || (end.isLimited && !end.result.ok && (await this.#isOver(hint)));
    if (isOver) return this.#letGo(hint);
    const { event, retryInMs } = await this.#toOutcome(hint, end, end.result);
    const answer = await this.#record(hint, event, retryInMs);
    this.#show(info, [event], answer);
    if (answer.status !== "ok") return null; // a sweeper took this worker for dead and has hinted what follows
    if (retryInMs !== null)
      await this.#host.queues.hintTasks([
        nextHint(hint, event, { position: answer.position, delayMs: retryInMs }),
      ]);
    else if (answer.owner === "") await this.#wake(hint, answer.position);
    return null;
  }

  async #toOutcome(
    { run, key, attempt }: TaskHint,
    { policy, maxAttempts, close, heartbeat }: AttemptEnd,
    result: AttemptResult,
  ): Promise<TaskOutcome> {
    const retry = { ...policy.retry, maxAttempts };
    const known = result.ok ? result : { ...result, heartbeat };
    const ports = { payloads: this.#payloads, clock: this.#host.ports.clock };
    return toOutcome({ run, key, attempt, retry, result: known, close }, ports);
  }

  async #record(
    { run, key, attempt }: TaskHint,
    event: TaskOutcome["event"],
    retryInMs: number | null,
  ): Promise<CommitAnswer> {
    return this.#log.append({
      run,
      actor: `worker:${this.#host.worker}`,
      events: [event],
      dedupeKey: retryInMs === null ? endKey(key) : `try ${attempt} ${key}`,
      seen: -1,
      wakeInMs: retryInMs === null ? 0 : retryInMs + graceMs,
      attempt: { key, attempt, holder: null },
      unblock: false,
    });
  }

  async #isOver(hint: TaskHint): Promise<boolean> {
    return insist(async () => this.#host.beats.isOver(hint), this.#patience);
  }

  /** The worker stops: another one begins the same attempt, and nothing is recorded. */
  async #giveBack(hint: TaskHint, details: Uint8Array | null): Promise<TaskHint | null> {
    const { beats, worker } = this.#host;
    const release = async (): Promise<boolean> => beats.release(hint, hint.attempt, { worker, details });
    const isReleased = await insist(release, this.#patience);
    return isReleased ? { ...hint, delayMs: 0, isAgain: true } : null;
  }

  async #wake({ run, flow }: TaskHint, position: number): Promise<void> {
    const queue = await this.#infos.queueOf(run);
    if (queue !== null) await this.#host.queues.hintRun({ run, flow, queue, cause: String(position) });
  }

  #show(info: RunInfo, events: readonly Event[], { now, position, status }: CommitAnswer): void {
    if (status !== "ok") return; // somebody else recorded it, and shows it
    const at = { run: info.id, position, recordedAt: now, actor: `worker:${this.#host.worker}` };
    this.#host.display.observe(
      info,
      events.map((event) => toRecorded(event, at)),
    );
  }
}

type Begun = Pick<QueuedAttempt, "info" | "scheduled" | "ageMs" | "place">;
