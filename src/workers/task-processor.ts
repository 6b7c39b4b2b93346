import { isEngineError } from "../base/errors.ts";
import type { ResultPlan } from "../engine/result-plan.ts";
import type { CommitAnswer, PayloadStore } from "../engine/run-log.ts";
import type { TaskSpec } from "../engine/specs.ts";
import type { Event } from "../events/catalog.ts";
import { TaskStarted } from "../events/task-events.ts";
import { toRecorded } from "../events/to-recorded.ts";
import type { RunInfo } from "../sdk/context.ts";
import { findTask } from "../sdk/registry.ts";
import type { AttemptResult } from "./attempt.ts";
import { AttemptAbort } from "./attempt-abort.ts";
import { AttemptRecords, type Ended } from "./attempt-records.ts";
import { BegunAttempts } from "./begun-attempts.ts";
import type { Host } from "./host.ts";
import type { LimitPlace } from "./limit-place.ts";
import { forgoHint, lineUpHint, ticketOf } from "./limited-attempt.ts";
import { insist, type Patience, patientPayloads } from "./patient-log.ts";
import { planOfCall } from "./plan-of-call.ts";
import { type AttemptEnd, AttemptStops, type QueuedAttempt, runQueued } from "./queued-attempt.ts";
import type { RunInfos } from "./run-infos.ts";
import type { TaskHint } from "./run-ports.ts";
import { type SharedCall, SharedResults, sharedCallOf } from "./shared-results.ts";
import { isEndOf, nextHint } from "./task-hint.ts";
import { type TaskOutcome, toOutcome } from "./task-outcome.ts";
import { workerStops } from "./time-limits.ts";
import { hearOfUnwanted } from "./unwanted-attempts.ts";

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
  readonly #records: AttemptRecords;
  readonly #payloads: PayloadStore;
  readonly #shared: SharedResults;
  readonly #running = new Map<string, AttemptAbort>(); // by run and key
  readonly #begun = new BegunAttempts();

  constructor(host: Host) {
    this.#host = host;
    const { ports, display } = host;
    const onTrouble = (error: unknown): void => display.trouble(error);
    const patience = { clock: ports.clock, stop: this.#impatient.signal, onTrouble };
    this.#patience = patience;
    this.#records = new AttemptRecords(host, patience);
    this.#payloads = patientPayloads(host.payloads, patience);
    const { worker, cache, infos } = host;
    this.#infos = infos;
    this.#shared = new SharedResults({ ...patience, cache, worker, payloads: this.#payloads });
  }

  /** Hears of attempts that nobody waits for any more. */
  async listen(): Promise<void> {
    await hearOfUnwanted(this.#host, this.#running);
  }

  /** Aborts the signals of what runs: whoever listens is tried again elsewhere, as the same attempt. */
  release(): void {
    this.#stops.release.abort(workerStops());
  }

  /** Gives the others back, too; what their functions still do is ignored. */
  giveUp(): void {
    this.release();
    this.#stops.giveUp();
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
    if (hint.rules === undefined) return this.#takeIn(null, hint, spec);
    const place = await lineUpHint(this.#host.limits, hint);
    if (place === "taken") return false;
    if (place === "waiting" || place === "queued") return true; // hinted again when its turn has come
    if (this.#begun.has(id)) return true; // meanwhile, and with the same place
    return this.#takeIn(place, hint, spec);
  }

  async #takeIn(place: LimitPlace | null, hint: TaskHint, spec: TaskSpec): Promise<true | TaskHint> {
    const id = ticketOf(hint);
    let mayComeAgain = false; // it was given back, or another worker has it, which may give it back
    this.#begun.add(id);
    try {
      const answer = await this.#run(hint, spec, place);
      mayComeAgain = answer !== null;
      return answer === null || answer === "elsewhere" ? true : answer;
    } finally {
      if (mayComeAgain) this.#begun.forget(id);
      else this.#begun.end(id);
      if (!this.#stops.areGivenUp) place?.leave(); // else its function may go on: a sweeper gives its slots away
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

  async #run(
    hint: TaskHint,
    spec: TaskSpec,
    place: LimitPlace | null,
  ): Promise<TaskHint | "elsewhere" | null> {
    const [begun, info] = await this.#begin(hint);
    const [called] = begun.events;
    const scheduled = called?.type === "TaskScheduled" ? called : null;
    if (begun.status !== "ok" && !(await this.#records.isOurs(begun, hint))) return "elsewhere";
    if (info === null || scheduled === null) return null;
    if (begun.events.some((event) => isEndOf(event, hint.key))) return this.#records.letGo(hint);
    const started = TaskStarted.make({ key: hint.key, attempt: hint.attempt, worker: this.#host.worker });
    this.#show(info, [started], begun);
    const ageMs = Math.max(0, begun.now - scheduled.recordedAt);
    this.#host.hooks.taskBegins(spec, info, hint);
    return this.#perform(hint, spec, { info, scheduled, ageMs, place });
  }

  #begin(hint: TaskHint): Promise<readonly [CommitAnswer, RunInfo | null]> {
    const begun = this.#records.begin(hint);
    const known = this.#infos.known(hint.run);
    if (known !== undefined) return begun.then((answer) => [answer, known]);
    return Promise.all([begun, insist(() => this.#infos.find(hint.run), this.#patience)]);
  }

  /**
   * A result that others made is looked for; one that is made here is kept for others.
   * @returns the hint of an attempt that was given back; null = it is over
   */
  #perform(hint: TaskHint, spec: TaskSpec, begun: Begun): Promise<TaskHint | null> {
    const call = sharedCallOf(hint, spec, begun.scheduled);
    return call === null ? this.#attempt(hint, spec, begun, null) : this.#share(hint, spec, begun, call);
  }

  async #share(hint: TaskHint, spec: TaskSpec, begun: Begun, call: SharedCall): Promise<TaskHint | null> {
    try {
      const { reused, isReleased, isUnwanted, tookMs } = await this.#look(call);
      if (reused !== null) await this.#end(hint, begun.info, { event: reused.event, retryInMs: null });
      else if (isReleased) return await this.#records.giveBack(hint, null);
      else if (isUnwanted) return await this.#records.letGo(hint);
      else return await this.#attempt(hint, spec, { ...begun, ageMs: begun.ageMs + tookMs }, call);
      return null;
    } finally {
      await this.#shared.leave(call);
    }
  }

  /** Where one call at a time makes a result, this may wait for another one. */
  async #look(call: SharedCall) {
    const { clock } = this.#host.ports;
    const since = clock.now();
    const { release } = this.#stops;
    const abort = new AttemptAbort(release);
    const place = `${call.run} ${call.key}`;
    this.#running.set(place, abort);
    const reused = await this.#shared.before(call, () => !abort.signal.aborted);
    this.#running.delete(place);
    const isUnwanted = abort.signal.aborted;
    const isReleased = release.signal.aborted;
    abort.close();
    return { reused, isReleased, isUnwanted, tookMs: Math.max(0, clock.now() - since) };
  }

  async #attempt(
    hint: TaskHint,
    spec: TaskSpec,
    begun: Begun,
    call: SharedCall | null,
  ): Promise<TaskHint | null> {
    const shared = {
      host: this.#host,
      payloads: this.#payloads,
      stops: this.#stops,
      patience: this.#patience,
      running: this.#running,
    };
    const end = await runQueued({ ...shared, ...begun, hint, spec });
    if (end.result === null) return this.#records.giveBack(hint, end.heartbeat);
    const isOver = end.isUnwanted || (end.isLimited && !end.result.ok && (await this.#records.isOver(hint)));
    if (isOver) return this.#records.letGo(hint);
    const results = planOfCall(spec, hint.flow, begun.scheduled.data.overrides);
    const made = this.#toOutcome(hint, results, { ...end, result: end.result });
    const outcome = made instanceof Promise ? await made : made;
    const answer = await this.#end(hint, begun.info, outcome);
    const { event } = outcome;
    if (call !== null && answer.status === "ok" && event.type === "TaskCompleted")
      await this.#shared.keep(call, event.data.output, answer.now);
    return null;
  }

  /** Records how it ended, and hints what follows. */
  async #end(hint: TaskHint, info: RunInfo, ended: Ended): Promise<CommitAnswer> {
    const { event, retryInMs } = ended;
    const answer = await this.#records.end(hint, ended);
    this.#show(info, [event], answer);
    const { status, owner, position } = answer;
    if (status !== "ok") return answer; // a sweeper took this worker for dead and has hinted what follows
    if (retryInMs !== null)
      await this.#host.queues.hintTasks([nextHint(hint, event, { position, delayMs: retryInMs })]);
    else if (owner === "") await this.#wake(hint, position);
    return answer;
  }

  #toOutcome(
    { run, key, attempt }: TaskHint,
    results: ResultPlan | null,
    { policy, maxAttempts, close, heartbeat, result }: AttemptEnd & { readonly result: AttemptResult },
  ): TaskOutcome | Promise<TaskOutcome> {
    const retry = { ...policy.retry, maxAttempts };
    const known = result.ok ? result : { ...result, heartbeat };
    const ports = { payloads: this.#payloads, clock: this.#host.ports.clock };
    return toOutcome({ run, key, attempt, retry, results, result: known, close }, ports);
  }

  async #wake({ run }: TaskHint, position: number): Promise<void> {
    const hint = await this.#infos.hintFor(run, String(position));
    if (hint !== null) await this.#host.queues.hintRun(hint);
  }

  #show(info: RunInfo, events: readonly Event[], { now, position, status }: CommitAnswer): void {
    if (status !== "ok") return; // somebody else recorded it, and shows it
    const at = { run: info.id, position, recordedAt: now, actor: `worker:${this.#host.worker}` };
    const recorded = events.map((event) => toRecorded(event, at));
    this.#host.display.observe(info, recorded);
    this.#host.hooks.observe(info, recorded);
  }
}

type Begun = Pick<QueuedAttempt, "info" | "scheduled" | "ageMs" | "place">;
