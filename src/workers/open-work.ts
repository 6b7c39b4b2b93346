import type { RecordedEvent } from "../events/envelope.ts";
import { TimerFired } from "../events/timer-events.ts";
import type { DueTask, OpenWorkOptions } from "./due-task.ts";
import { InlineAttempts } from "./inline-attempts.ts";
import type { TaskHint } from "./run-ports.ts";
import { SharedStarts } from "./shared-starts.ts";

/** The calls of one run that are under way: tasks in this process, timers, and hints for tasks elsewhere. */
export class OpenWork {
  readonly #options: OpenWorkOptions;
  readonly #timers = new Map<string, { readonly dueAt: number; readonly forget: () => void }>();
  readonly #queued = new Map<string, TaskHint>();
  readonly #inline: InlineAttempts;
  readonly #shared: SharedStarts;
  #held: (() => void)[] | null = null; // null = nothing is held
  #hinting: Promise<void> = Promise.resolve();

  constructor(options: OpenWorkOptions) {
    this.#options = options;
    this.#inline = new InlineAttempts(options);
    this.#shared = new SharedStarts(options);
  }

  /** Tasks that run in this process now. */
  get runningCount(): number {
    return this.#inline.count + this.#shared.count;
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
    this.#shared.start(tasks, how, (rest) => this.#startNow(rest, how));
  }

  /** What this process has recorded. */
  recorded(events: readonly RecordedEvent[]): void {
    this.#shared.recorded(events);
  }

  #startNow(tasks: readonly DueTask[], how: "first" | "again"): void {
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
    if (event.type === "TaskCompleted" || event.type === "TaskFailed" || event.type === "TaskReused")
      this.#queued.delete(event.data.key);
    if (event.type !== "TaskAttemptFailed" && event.type !== "TaskCrashed") return;
    const hint = this.#queued.get(event.data.key);
    if (hint === undefined) return;
    const crashes = hint.crashes + (event.type === "TaskCrashed" ? 1 : 0);
    const delayMs =
      event.type === "TaskAttemptFailed" ? Math.max(0, event.data.retryAt - event.recordedAt) : 0;
    this.#queued.set(hint.key, { ...hint, attempt: event.data.attempt + 1, crashes, delayMs });
  }

  /** The flow does not wait for a call any more. */
  cancel(key: string, reason: string): void {
    this.#timers.get(key)?.forget();
    this.#timers.delete(key);
    if (this.#queued.delete(key)) this.#options.ports.cancelTasks(this.#options.run.id, [key]);
    this.#shared.cancel(key);
    this.#inline.cancel(key, reason);
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
    this.#shared.dispose();
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
      void this.#inline.run(task);
      return;
    }
    const { clock } = this.#options.ports;
    this.#arm(task.call.key, clock.now() + task.delayMs, () => this.startTasks([{ ...task, delayMs: 0 }]));
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

/** What people call a task run: "extract-0", "stats-0[3]". */
export function taskRunName(key: string): string {
  return key.replaceAll(/#(\d+)/g, (_match, count: string) => `-${Number(count) - 1}`);
}
