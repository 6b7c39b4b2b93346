import type { Settlement, TaskCall } from "../engine/calls.ts";
import type { Event } from "../events/catalog.ts";
import { decodeValue, encodeValue } from "../events/codec.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import { TimerFired } from "../events/timer-events.ts";
import type { RunInfo } from "../sdk/context.ts";
import { runAttempt } from "./attempt.ts";
import { attemptLog } from "./run-logger.ts";
import type { RunPorts, TaskHint } from "./run-ports.ts";
import { toOutcome } from "./task-outcome.ts";

/** Something that happened in this process and is not recorded yet. */
export interface LocalFact {
  readonly event: Event;
  readonly settles: { readonly key: string; readonly settlement: Settlement } | null; // null = nothing to deliver
  readonly next: DueTask | null; // what follows once the event is recorded; null = nothing
}

interface OpenWorkOptions {
  readonly run: RunInfo;
  readonly epoch: number;
  readonly ports: RunPorts;
  readonly stop: AbortSignal;
  readonly onFact: (fact: LocalFact) => void;
  readonly onTrouble: (error: unknown) => void;
}

/** A task as it was scheduled, with where its next attempt stands. */
export interface DueTask {
  readonly call: TaskCall;
  readonly scheduled: RecordedEvent<"TaskScheduled">;
  readonly attempt: number; // the next one
  readonly delayMs: number; // 0 = at once
  readonly crashes: number; // attempts whose worker died; they do not count as failures
}

/** The calls of one run that are under way: tasks in this process, timers, and hints for tasks elsewhere. */
export class OpenWork {
  readonly #options: OpenWorkOptions;
  readonly #timers = new Map<string, { readonly dueAt: number; readonly forget: () => void }>();
  readonly #queued = new Map<string, TaskHint>();
  #running = 0;
  #held: (() => void)[] | null = null; // null = nothing is held
  #hinting: Promise<void> = Promise.resolve();

  constructor(options: OpenWorkOptions) {
    this.#options = options;
  }

  /** Tasks that run in this process now. */
  get runningCount(): number {
    return this.#running;
  }

  get waitsForQueue(): boolean {
    return this.#queued.size > 0;
  }

  /** Until the earliest timer or retry is due; null = there is none. */
  get nextDueInMs(): number | null {
    let next: number | null = null;
    for (const { dueAt } of this.#timers.values()) next = next === null ? dueAt : Math.min(next, dueAt);
    return next === null ? null : Math.max(0, next - this.#options.ports.clock.now());
  }

  /** When somebody should look after the run at the latest; null = when something happens. */
  lookAgainInMs(recheckMs: number): number | null {
    const next = this.nextDueInMs;
    if (!this.waitsForQueue) return next;
    return next === null ? recheckMs : Math.min(next, recheckMs);
  }

  startTimer(key: string, inMs: number): void {
    this.#arm(key, this.#options.ports.clock.now() + inMs, () => {
      this.#options.onFact({
        event: TimerFired.make({ key }),
        settles: { key, settlement: { ok: true, value: undefined } },
        next: null,
      });
    });
  }

  /** Starts tasks of this process, and hints the others to their queues; an earlier owner may have done so `again`. */
  startTasks(tasks: readonly DueTask[], how: "first" | "again" = "first"): void {
    const hints: TaskHint[] = [];
    for (const task of tasks) {
      if (task.scheduled.data.queue === null) this.#startInline(task);
      else hints.push(this.#toHint(task, task.scheduled.data.queue));
    }
    for (const hint of hints) this.#queued.set(hint.key, hint);
    if (hints.length > 0) this.#hint(hints, how);
  }

  /** Somebody recorded something about a queued task: it has ended, or its next attempt is another one. */
  learn(event: RecordedEvent): void {
    if (event.type === "TaskCompleted" || event.type === "TaskFailed") this.#queued.delete(event.data.key);
    if (event.type !== "TaskAttemptFailed" && event.type !== "TaskCrashed") return;
    const hint = this.#queued.get(event.data.key);
    if (hint === undefined) return;
    const crashes = hint.crashes + (event.type === "TaskCrashed" ? 1 : 0);
    const delayMs =
      event.type === "TaskAttemptFailed" ? Math.max(0, event.data.retryAt - event.recordedAt) : 0;
    this.#queued.set(hint.key, { ...hint, attempt: event.data.attempt + 1, crashes, delayMs });
  }

  /** Hints every open queued task again, in case that a hint was lost; a job that is still there stays one. */
  rehint(): void {
    if (this.#queued.size > 0) this.#hint([...this.#queued.values()], "again");
  }

  /** Resolves when all hints have reached their queues. */
  async hinted(): Promise<void> {
    await this.#hinting;
  }

  /** What comes due from now on waits for `goOn`: a retry that began while the run is given away would run twice. */
  hold(): void {
    this.#held ??= [];
  }

  goOn(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const fire of held) fire();
  }

  /** Forgets timers; what runs goes on, and its results are ignored. */
  dispose(): void {
    for (const { forget } of this.#timers.values()) forget();
    this.#timers.clear();
    this.#queued.clear();
  }

  #arm(key: string, dueAt: number, fire: () => void): void {
    const { clock } = this.#options.ports;
    const forget = clock.after(Math.max(0, dueAt - clock.now()), () => {
      this.#timers.delete(key);
      if (clock.now() < dueAt)
        this.#arm(key, dueAt, fire); // further away than a timer of the platform reaches
      else if (this.#held === null) fire();
      else this.#held.push(fire);
    });
    this.#timers.set(key, { dueAt, forget });
  }

  #startInline(task: DueTask): void {
    if (task.delayMs === 0) {
      void this.#runInline(task);
      return;
    }
    const { clock } = this.#options.ports;
    this.#arm(task.call.key, clock.now() + task.delayMs, () => void this.#runInline(task));
  }

  async #runInline(task: DueTask): Promise<void> {
    const { ports, run, stop } = this.#options;
    this.#running += 1;
    try {
      const { call, attempt } = task;
      const input = call.input ?? (await recordedInput(ports, run.id, task.scheduled));
      const result = await this.#attempt(task, input);
      if (stop.aborted) return; // whoever owns the run now decides about this task
      const ended = { run: run.id, key: call.key, attempt, retry: call.task.retry, result };
      const outcome = toOutcome(ended, ports);
      const { event, settlement, retryInMs } = outcome instanceof Promise ? await outcome : outcome;
      const settles = settlement === null ? null : { key: call.key, settlement };
      const next = retryInMs === null ? null : { ...task, attempt: attempt + 1, delayMs: retryInMs };
      this.#options.onFact({ event, settles, next });
    } catch (error) {
      this.#options.onTrouble(error);
    } finally {
      this.#running -= 1;
    }
  }

  #attempt({ call, attempt }: DueTask, input: Uint8Array): Promise<Settlement> {
    const { ports, run, epoch, stop } = this.#options;
    const args: unknown = decodeValue(input, `The arguments of task ${call.key}`);
    return runAttempt(
      {
        spec: call.task,
        args: Array.isArray(args) ? args : [],
        run,
        key: call.key,
        attempt,
        fencing: epoch,
        timeoutMs: call.task.timeoutMs,
        log: () => attemptLog(ports, run, { key: call.key, attempt }),
        parent: "run",
        stop,
      },
      ports.clock,
    );
  }

  #toHint({ call, scheduled, attempt, delayMs, crashes }: DueTask, queue: string): TaskHint {
    const { run } = this.#options;
    const { position } = scheduled;
    return {
      run: run.id,
      flow: run.flow,
      queue,
      task: call.name,
      key: call.key,
      position,
      attempt,
      delayMs,
      crashes,
    };
  }

  #hint(hints: readonly TaskHint[], how: "first" | "again"): void {
    const given = this.#options.ports
      .hintTasks(hints, how)
      .catch((error: unknown) => this.#options.onTrouble(error));
    this.#hinting = Promise.all([this.#hinting, given]).then(() => undefined);
  }
}

async function recordedInput(
  ports: RunPorts,
  run: string,
  scheduled: RecordedEvent<"TaskScheduled">,
): Promise<Uint8Array> {
  const [bytes] = await ports.payloads.get(run, [scheduled.data.input]);
  return bytes ?? encodeValue([]);
}

/** What people call a task run: "extract-0", "stats-0[3]". */
export function taskRunName(key: string): string {
  return key.replaceAll(/#(\d+)/g, (_match, count: string) => `-${Number(count) - 1}`);
}
