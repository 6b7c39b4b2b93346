import type { RecordedEvent } from "../events/envelope.ts";
import { planFor } from "../sdk/registry.ts";
import type { DueTask, OpenWorkOptions } from "./due-task.ts";
import { type Reused, type SharedCall, SharedResults } from "./shared-results.ts";

type Start = (tasks: readonly DueTask[]) => void;

/**
 * Starts the tasks of one run, but first looks whether somebody made their results already; and keeps the results that
 * this process makes, once they are recorded. Tasks without a cache pass as they are.
 */
export class SharedStarts {
  readonly #options: OpenWorkOptions;
  readonly #shared: SharedResults | null;
  readonly #looking = new Set<string>(); // keys of tasks that are not started yet
  readonly #made = new Map<string, SharedCall>(); // by key: tasks that run here, whose results are to be kept
  #count = 0;
  #isReleased = false;
  #isAbandoned = false;

  constructor(options: OpenWorkOptions) {
    this.#options = options;
    const { ports, stop, onTrouble } = options;
    const { cache, worker, payloads, clock } = ports;
    this.#shared =
      cache === undefined ? null : new SharedResults({ cache, worker, payloads, clock, stop, onTrouble });
  }

  /** Tasks whose results are looked for, or awaited. */
  get count(): number {
    return this.#isAbandoned ? 0 : this.#count;
  }

  /** `how`: what an earlier owner may have hinted is left to its worker, which looks as well. */
  start(tasks: readonly DueTask[], how: "first" | "again", begin: Start): void {
    if (this.#shared === null || this.#isReleased || !tasks.some(hasCache)) return begin(tasks);
    const { shared, others } = this.#sort(tasks, how);
    begin(others);
    const together = shared.filter(({ call }) => !call.rule.isAlone);
    if (together.length > 0) void this.#look(this.#shared, together, begin);
    for (const one of shared) if (one.call.rule.isAlone) void this.#lookAlone(this.#shared, one, begin);
  }

  /** What was just recorded: results of this process are kept for others. */
  recorded(events: readonly RecordedEvent[]): void {
    if (this.#made.size === 0 || this.#shared === null) return;
    for (const { type, data, recordedAt } of events) {
      if (type !== "TaskCompleted" && type !== "TaskFailed" && type !== "TaskAttemptFailed") continue;
      const call = this.#made.get(data.key);
      if (call === undefined) continue;
      this.#made.delete(data.key);
      void (type === "TaskCompleted"
        ? this.#shared.keep(call, data.output, recordedAt)
        : this.#shared.leave(call));
    }
  }

  /** Nobody waits for this task any more. */
  cancel(key: string): void {
    this.#looking.delete(key);
    this.#leave(key);
  }

  /** The run is handed over: its next owner looks for what is still looked for. */
  release(): void {
    this.#isReleased = true;
    this.#looking.clear();
  }

  /** It is handed over at once. */
  abandon(): void {
    this.#isAbandoned = true;
    this.release();
  }

  /** The run leaves this process: others need not wait for what it would have made. */
  dispose(): void {
    this.#looking.clear();
    for (const key of this.#made.keys()) this.#leave(key);
  }

  #leave(key: string): void {
    const call = this.#made.get(key);
    this.#made.delete(key);
    if (call !== undefined) void this.#shared?.leave(call);
  }

  #sort(
    tasks: readonly DueTask[],
    how: "first" | "again",
  ): { readonly shared: readonly Shared[]; readonly others: readonly DueTask[] } {
    const shared: Shared[] = [];
    const others: DueTask[] = [];
    for (const task of tasks) {
      const call = this.#toCall(task, how);
      if (call !== null && task.scheduled.data.queue === null) this.#made.set(call.key, call);
      if (call === null || (call.rule.refresh && !call.rule.isAlone)) others.push(task);
      else shared.push({ task, call });
    }
    return { shared, others };
  }

  /** Null = this process does not look now: later, or the worker does, or nobody. */
  #toCall({ call, scheduled, attempt, delayMs }: DueTask, how: "first" | "again"): SharedCall | null {
    const rule = scheduled.data.rules?.cache ?? null;
    if (rule === null) return null;
    const { run } = this.#options;
    const shared = { run: run.id, key: call.key, rule, plan: planFor(call.task, run.flow) };
    if (scheduled.data.queue === null) return delayMs === 0 ? shared : null;
    if (how === "again" || attempt > 1) return null;
    return { ...shared, rule: { ...rule, isAlone: false } }; // it makes nothing here
  }

  async #look(from: SharedResults, shared: readonly Shared[], begin: Start): Promise<void> {
    await this.#whileLooking(shared, begin, async () => from.find(shared.map(({ call }) => call)));
  }

  async #lookAlone(from: SharedResults, one: Shared, begin: Start): Promise<void> {
    const isWanted = (): boolean => this.#looking.has(one.task.call.key);
    await this.#whileLooking([one], begin, async () => [await from.findOrMake(one.call, isWanted)]);
  }

  /** Looks, then tells what was found and starts the rest; what goes wrong is not the tasks' fault: they start. */
  async #whileLooking(
    shared: readonly Shared[],
    begin: Start,
    look: () => Promise<readonly (Reused | null)[]>,
  ): Promise<void> {
    const { clock } = this.#options.ports;
    const since = clock.now();
    this.#count += shared.length;
    for (const { task } of shared) this.#looking.add(task.call.key);
    let found: readonly (Reused | null)[] = [];
    try {
      found = await look();
    } catch (error) {
      this.#options.onTrouble(error);
    }
    this.#count -= shared.length;
    const tookMs = Math.max(0, clock.now() - since); // the limits of a task count from its call
    const rest: DueTask[] = [];
    for (const [index, { task, call }] of shared.entries()) {
      const reused = found[index] ?? null;
      const isWanted = this.#looking.delete(call.key) && !this.#options.stop.aborted;
      if (!isWanted) void this.#shared?.leave(call);
      else if (reused === null) rest.push({ ...task, ageMs: task.ageMs + tookMs });
      else {
        this.#made.delete(call.key);
        const { event, settlement } = reused;
        this.#options.onFact({ event, settles: { key: call.key, settlement }, next: null });
      }
    }
    begin(rest);
    if (this.#isReleased) this.#options.onNews(); // there may be nothing else to wake the run
  }
}

interface Shared {
  readonly task: DueTask;
  readonly call: SharedCall;
}

function hasCache({ scheduled }: DueTask): boolean {
  return scheduled.data.rules !== null && scheduled.data.rules.cache !== null;
}
