import { isEngineError } from "../base/errors.ts";
import type { CommitAnswer, PayloadStore } from "../engine/run-log.ts";
import type { TaskSpec } from "../engine/specs.ts";
import { policyOf } from "../engine/task-overrides.ts";
import type { Event } from "../events/catalog.ts";
import { decodeValue } from "../events/codec.ts";
import { type RecordedEvent, toRecorded } from "../events/envelope.ts";
import { TaskStarted } from "../events/task-events.ts";
import type { AttemptHolder } from "../redis/held.ts";
import type { RunInfo } from "../sdk/context.ts";
import { findTask, planFor } from "../sdk/registry.ts";
import { runAttempt } from "./attempt.ts";
import { AttemptAbort } from "./attempt-abort.ts";
import type { Host } from "./host.ts";
import { insist, type Patience, PatientLog, patientPayloads } from "./patient-log.ts";
import type { RunInfos } from "./run-infos.ts";
import { attemptLog } from "./run-logger.ts";
import type { TaskHint } from "./run-ports.ts";
import { SharedResults, sharedCallOf } from "./shared-results.ts";
import { toOutcome } from "./task-outcome.ts";

const rememberAtMost = 20_000; // attempts
const graceMs = 10_000; // a retry whose hint got lost is found so much later

/**
 * Runs attempts of queued tasks. An attempt is begun once (the log tells who began it), and its end is recorded once,
 * whatever the queue does; a task that fails is a result.
 */
export class TaskProcessor {
  readonly #host: Host;
  readonly #infos: RunInfos;
  readonly #stop = new AbortController();
  readonly #patience: Patience;
  readonly #log: PatientLog; // an attempt that this process has begun is ended by nobody else
  readonly #payloads: PayloadStore;
  readonly #running = new Map<string, AttemptAbort>(); // by run and key
  readonly #shared: SharedResults;
  readonly #begun = new Set<string>(); // attempts that this process has begun; the newest ones

  constructor(host: Host) {
    this.#host = host;
    const { ports, display } = host;
    const onTrouble = (error: unknown): void => display.trouble(error);
    const patience = { clock: ports.clock, stop: this.#stop.signal, onTrouble };
    this.#patience = patience;
    this.#log = new PatientLog(host.log, patience);
    this.#payloads = patientPayloads(host.payloads, patience);
    this.#infos = host.infos;
    const { worker, cache } = host;
    this.#shared = new SharedResults({ ...patience, cache, worker, payloads: this.#payloads });
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

  /** Aborts the signals of what runs. */
  abort(): void {
    this.#stop.abort(new Error("The worker is stopping."));
  }

  /** @returns false when this process does not know the task: another one may */
  async take(hint: TaskHint): Promise<boolean> {
    const spec = this.#known(hint.task);
    if (spec === null) return false;
    const id = `${hint.run} ${hint.attempt} ${hint.key}`;
    if (this.#begun.has(id)) return true; // hinted twice
    this.#begun.add(id);
    if (this.#begun.size > rememberAtMost) this.#begun.delete(this.#begun.keys().next().value ?? "");
    await this.#run(hint, spec);
    return true;
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

  async #run(hint: TaskHint, spec: TaskSpec): Promise<void> {
    const [begun, info, events] = await Promise.all([
      this.#begin(hint),
      insist(async () => this.#infos.find(hint.run), this.#patience),
      insist(async () => this.#host.log.readEvent(hint.run, hint.position), this.#patience),
    ]);
    const scheduled = events?.type === "TaskScheduled" ? events : null;
    if (info === null || scheduled === null || !(await this.#mayRun(begun, hint))) return;
    if (begun.events.some((event) => isEndOf(event, hint.key))) return this.#letGo(hint);
    const started = TaskStarted.make({ key: hint.key, attempt: hint.attempt, worker: this.#host.worker });
    this.#show(info, [started], begun);
    await this.#perform(hint, spec, { info, scheduled });
  }

  async #begin({ run, key, attempt, flow, queue, task, position, crashes }: TaskHint): Promise<CommitAnswer> {
    const { worker } = this.#host;
    const holder: AttemptHolder = { worker, flow, queue, task, position, crashes };
    return this.#log.append({
      run,
      actor: `worker:${worker}`,
      events: [TaskStarted.make({ key, attempt, worker })],
      dedupeKey: `start ${attempt} ${key}`,
      seen: crashes > 0 ? position : -1, // whoever was taken for dead may have ended the task after all
      unlessEnded: key,
      wakeInMs: null,
      attempt: { key, attempt, holder: JSON.stringify(holder) },
      unblock: false,
    });
  }

  /** The task has ended already: this attempt is not held any more. */
  async #letGo({ run, key, attempt }: TaskHint): Promise<void> {
    const nothing = { events: [], dedupeKey: "", seen: -1, wakeInMs: null, unblock: false };
    const actor = `worker:${this.#host.worker}`;
    await this.#log.append({ ...nothing, run, actor, attempt: { key, attempt, holder: null } });
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

  /** A result that others made is looked for; one that is made here is kept for others. */
  async #perform(hint: TaskHint, spec: TaskSpec, about: Scheduled): Promise<void> {
    const call = sharedCallOf(hint, spec, about.scheduled);
    const reused = call === null ? null : await this.#shared.before(call);
    if (reused !== null) {
      await this.#record(hint, about.info, { event: reused.event, retryInMs: null });
      return;
    }
    try {
      const ended = await this.#attempt(hint, spec, about);
      if (ended === null) return;
      const recorded = await this.#record(hint, about.info, ended);
      if (call !== null && recorded !== null && ended.event.type === "TaskCompleted")
        await this.#shared.keep(call, ended.event.data.output, recorded.now);
    } finally {
      if (call !== null) await this.#shared.leave(call);
    }
  }

  /** @returns null when the worker was told to stop: a sweeper has it tried again */
  async #attempt(hint: TaskHint, spec: TaskSpec, { info, scheduled }: Scheduled): Promise<Ended | null> {
    const { ports } = this.#host;
    const { run, key, attempt, crashes } = hint;
    const { retry, timeoutMs } = policyOf(spec, scheduled.data.overrides);
    const [input] = await this.#payloads.get(run, [scheduled.data.input]);
    const args: unknown = decodeValue(input ?? new Uint8Array(), `The arguments of task ${key}`);
    const abort = new AttemptAbort(this.#stop.signal);
    const place = `${run} ${key}`;
    this.#running.set(place, abort);
    const result = await runAttempt(
      {
        spec,
        args: Array.isArray(args) ? args : [],
        run: info,
        key,
        attempt,
        fencing: 0,
        timeoutMs,
        log: () => attemptLog(ports, info, { key, attempt }),
        parent: "run",
        abort,
      },
      ports.clock,
    );
    this.#running.delete(place);
    if (!result.ok && this.#stop.signal.aborted) return null;
    const failures = attempt - crashes; // crashed attempts have a budget of their own
    const ended = {
      run,
      key,
      attempt,
      retry: { ...retry, maxAttempts: retry.maxAttempts + attempt - failures },
      results: planFor(spec, hint.flow),
      result,
    };
    return toOutcome(ended, { payloads: this.#payloads, clock: ports.clock });
  }

  /** @returns null when it was not recorded, or somebody else did */
  async #record(hint: TaskHint, info: RunInfo, { event, retryInMs }: Ended): Promise<CommitAnswer | null> {
    const { run, key, attempt } = hint;
    const isFinal = retryInMs === null;
    const answer = await this.#log.append({
      run,
      actor: `worker:${this.#host.worker}`,
      events: [event],
      dedupeKey: isFinal ? `end ${key}` : `try ${attempt} ${key}`,
      seen: -1,
      wakeInMs: isFinal ? 0 : retryInMs + graceMs,
      attempt: { key, attempt, holder: null },
      unblock: false,
    });
    this.#show(info, [event], answer);
    if (answer.status !== "ok") return null; // a sweeper took this worker for dead and has hinted what follows
    if (!isFinal) await this.#host.queues.hintTasks([{ ...hint, attempt: attempt + 1, delayMs: retryInMs }]);
    else if (answer.owner === "") await this.#wake(hint, answer.position);
    return answer;
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

function isEndOf(event: RecordedEvent, key: string): boolean {
  const { type } = event;
  return (
    (type === "TaskCompleted" || type === "TaskFailed" || type === "TaskReused") && event.data.key === key
  );
}

/** An attempt that has ended, or a result that stands for it. */
interface Ended {
  readonly event: Event;
  readonly retryInMs: number | null; // null = no further attempt
}

interface Scheduled {
  readonly info: RunInfo;
  readonly scheduled: RecordedEvent<"TaskScheduled">;
}
