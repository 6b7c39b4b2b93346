import type { RecordedEvent } from "../events/envelope.ts";
import { TimerFired } from "../events/timer-events.ts";
import type { DueTask, OpenWorkOptions } from "./due-task.ts";
import { InlineTasks } from "./inline-tasks.ts";
import type { TaskHint } from "./run-ports.ts";
import { SharedStarts } from "./shared-starts.ts";
import { type Deadline, deadlinesOf, expire } from "./task-deadlines.ts";
import { nextHint, toHint } from "./task-hint.ts";

const deadlineAgainMs = 1_000; // when Redis was away at a deadline

/** The calls of one run that are under way: tasks in this process, timers, and hints for tasks elsewhere. */
export class OpenWork {
  readonly #options: OpenWorkOptions;
  readonly #inline: InlineTasks;
  readonly #timers = new Map<string, { readonly dueAt: number; readonly forget: () => void }>();
  readonly #queued = new Map<string, TaskHint>();
  readonly #shared: SharedStarts;
  #held: (() => void)[] | null = null; // null = nothing is held
  #hinting: Promise<void> = Promise.resolve();

  constructor(options: OpenWorkOptions) {
    this.#options = options;
    this.#inline = new InlineTasks(options);
    this.#shared = new SharedStarts(options);
  }

  /** Tasks that run in this process now. */
  get runningCount(): number {
    return this.#inline.runningCount + this.#shared.count;
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

  /** When somebody should look after the run at the latest, `aheadMs` before its time; null = when something happens. */
  lookAgainInMs(recheckMs: number, aheadMs: number): number | null {
    const next = this.nextDueInMs === null ? null : Math.max(0, this.nextDueInMs - aheadMs);
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
      const { queue } = task.scheduled.data;
      if (queue === null) this.#startInline(task, how);
      else {
        hints.push(toHint(task, this.#options.run, queue));
        for (const deadline of deadlinesOf(task)) this.#watch(task, deadline, deadline.inMs);
      }
    }
    for (const hint of hints) {
      if (!this.#queued.has(hint.key)) this.#options.ports.onQueued?.(hint, 1);
      this.#queued.set(hint.key, hint);
    }
    if (hints.length > 0) this.#hint(hints, how);
  }

  /** Somebody recorded something about a queued task: it has ended, or its next attempt is another one. */
  learn(event: RecordedEvent): void {
    const { type } = event;
    if (type === "TaskCompleted" || type === "TaskFailed" || type === "TaskReused")
      this.#forgetQueued(event.data.key);
    if (event.type !== "TaskAttemptFailed" && event.type !== "TaskCrashed") return;
    const hint = this.#queued.get(event.data.key);
    if (hint === undefined) return;
    const delayMs =
      event.type === "TaskAttemptFailed" ? Math.max(0, event.data.retryAt - event.recordedAt) : 0;
    this.#queued.set(hint.key, nextHint(hint, event, { position: event.position, delayMs }));
  }

  /** The flow does not wait for a call any more. */
  cancel(key: string, reason: string): void {
    this.#timers.get(key)?.forget();
    this.#timers.delete(key);
    if (this.#forgetQueued(key)) this.#options.ports.cancelTasks(this.#options.run.id, [key]);
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

  /** Asks tasks of this process to come back: the run is handed over, and they begin again elsewhere. */
  release(): void {
    this.#shared.release();
    this.#inline.release();
  }

  /** Hands the run over without them. */
  abandon(): void {
    this.#shared.abandon();
    this.#inline.abandon();
  }

  /** Forgets timers; what runs goes on, and its results are ignored. */
  dispose(): void {
    for (const { forget } of this.#timers.values()) forget();
    this.#timers.clear();
    for (const hint of this.#queued.values()) this.#options.ports.onQueued?.(hint, -1);
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

  #startInline(task: DueTask, how: "first" | "again"): void {
    this.#inline.know(task);
    if (task.delayMs === 0) {
      void this.#inline.start(task, how);
      return;
    }
    const { clock } = this.#options.ports;
    const again = (): void => this.startTasks([{ ...task, delayMs: 0 }], how);
    this.#arm(task.call.key, clock.now() + task.delayMs, again);
  }

  /** The time of a queued task runs, whoever has it. */
  #watch(task: DueTask, deadline: Deadline, inMs: number): void {
    const { ports, onNews, onTrouble } = this.#options;
    const { key } = task.call;
    this.#arm(timerOf(deadline.limit, key), ports.clock.now() + inMs, () => {
      if (!this.#queued.has(key)) return;
      expire(ports, task, deadline).then(onNews, (error: unknown) => {
        onTrouble(error);
        if (this.#queued.has(key)) this.#watch(task, deadline, deadlineAgainMs);
      });
    });
  }

  #forgetQueued(key: string): boolean {
    const hint = this.#queued.get(key);
    if (hint === undefined) return false;
    this.#queued.delete(key);
    this.#options.ports.onQueued?.(hint, -1);
    for (const limit of ["start", "close"] as const) {
      this.#timers.get(timerOf(limit, key))?.forget();
      this.#timers.delete(timerOf(limit, key));
    }
    return true;
  }

  #hint(hints: readonly TaskHint[], how: "first" | "again"): void {
    const given = this.#options.ports
      .hintTasks(hints, how)
      .catch((error: unknown) => this.#options.onTrouble(error));
    this.#hinting = Promise.all([this.#hinting, given]).then(() => undefined);
  }
}

/** Names a deadline among the timers; no key of a call begins with "#". */
function timerOf(limit: Deadline["limit"], key: string): string {
  return `#${limit} ${key}`;
}
