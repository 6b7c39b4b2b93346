import { decodeValue, encodeValue } from "../events/codec.ts";
import { TaskStarted } from "../events/task-events.ts";
import { startKey } from "../redis/beats.ts";
import { planFor } from "../sdk/registry.ts";
import { type Attempt, type AttemptResult, runAttempt } from "./attempt.ts";
import { AttemptAbort, SharedAbort } from "./attempt-abort.ts";
import type { HeartPorts } from "./attempt-heart.ts";
import type { DueTask, OpenWorkOptions } from "./due-task.ts";
import { lastFailure } from "./last-failure.ts";
import { rulesOfHint, withinLimits } from "./limited-attempt.ts";
import { insist } from "./patient-log.ts";
import { attemptLog } from "./run-logger.ts";
import { type TaskOutcome, toOutcome } from "./task-outcome.ts";
import { type CloseLimit, closeOf, workerStops } from "./time-limits.ts";

/** Tasks of one run that run in the process that owns it. */
export class InlineTasks {
  readonly #options: OpenWorkOptions;
  readonly #interrupt: SharedAbort;
  readonly #closes = new Map<string, CloseLimit>();
  readonly #kept = new Set<string>(); // tasks with details of heartbeats in the store
  readonly #wanted = new Map<string, AttemptAbort>(); // by key; what is cancelled is not in here
  #running = 0;
  #isReleased = false;
  #isAbandoned = false;

  constructor(options: OpenWorkOptions) {
    this.#options = options;
    this.#interrupt = new SharedAbort(options.stop);
  }

  /** Tasks that run now, and are waited for. */
  get runningCount(): number {
    return this.#isAbandoned ? 0 : this.#running;
  }

  get isReleased(): boolean {
    return this.#isReleased; // may change while a task runs
  }

  /** Asks what runs to come back: the next owner begins the same attempts again, unless they succeed. */
  release(): void {
    this.#isReleased = true;
    this.#interrupt.abort(workerStops());
    this.#options.onNews();
  }

  /** The flow does not wait for it any more: its signal fires, and its result is not recorded. */
  cancel(key: string, reason: string): void {
    const abort = this.#wanted.get(key);
    this.#wanted.delete(key);
    this.#closes.delete(key);
    abort?.abort(new Error(reason));
  }

  /** Waits for nothing any more; what its functions still do is ignored. */
  abandon(): void {
    this.#isAbandoned = true;
    this.release();
  }

  /** A task was called, or is open after a restart: its time runs. */
  know({ call, ageMs, scheduled }: DueTask): void {
    const { scheduleToCloseMs: limitMs } = call.task.bounds;
    if (limitMs === null || this.#closes.has(call.key)) return;
    const { clock, log } = this.#options.ports;
    const earlier = async (): Promise<Error | null> => lastFailure(log, scheduled);
    this.#closes.set(call.key, closeOf(limitMs, { ageMs, clock, earlier }));
  }

  /** `how`: an earlier owner may have begun the same attempt. */
  async start(task: DueTask, how: "first" | "again"): Promise<void> {
    if (this.#isReleased) return;
    const { key } = task.call;
    this.#running += 1;
    this.#wanted.set(key, new AttemptAbort(this.#interrupt));
    let hasBegun = true;
    try {
      const { input } = task.call;
      const known = how === "first" && input !== null ? { task, input } : await this.#lookUp(task, how);
      const result = await this.#run(known);
      hasBegun = result !== null;
      const telling = result === null ? null : this.#tell(known.task, result);
      if (telling !== null) await telling; // an await of nothing costs two promises
    } catch (error) {
      this.#options.onTrouble(error);
    } finally {
      this.#running -= 1;
      this.#wanted.delete(key);
      if (this.isReleased || !hasBegun) this.#options.onNews(); // there may be nothing else to wake the run
    }
  }

  /** @returns null when it waited for its limits in vain */
  #run({ task, input }: KnownTask): Promise<AttemptResult | null> {
    const { call, attempt } = task;
    if (call.task.hooks !== null)
      this.#options.ports.onAttempt?.(call.task, this.#options.run, { key: call.key, attempt });
    return this.#attempt(task, input);
  }

  #tell(task: DueTask, result: AttemptResult): Promise<void> | null {
    if (this.#options.stop.aborted || this.#isAbandoned) return null; // whoever owns the run now decides about this task
    if (!this.#wanted.has(task.call.key)) return null; // nobody waits for it
    if (this.isReleased && !result.ok) return this.#leave(task, result.heartbeat); // it was told to stop
    return this.#conclude(task, result);
  }

  /** The next owner begins the same attempt again, with the newest details. */
  async #leave({ call: { key } }: DueTask, details: Uint8Array | null): Promise<void> {
    const { ports, run } = this.#options;
    if (details !== null) await ports.beats?.keep({ run: run.id, key }, ports.worker, details);
  }

  #conclude(task: DueTask, result: AttemptResult): Promise<void> | null {
    const { ports, run } = this.#options;
    const { call, attempt, crashes } = task;
    const { key } = call;
    const { retry } = call.task;
    const allowed = crashes === 0 ? retry : { ...retry, maxAttempts: retry.maxAttempts + crashes };
    const close = this.#closes.get(key) ?? null;
    const results = planFor(call.task, run.flow);
    const outcome = toOutcome({ run: run.id, key, attempt, retry: allowed, results, result, close }, ports);
    if (outcome instanceof Promise) return outcome.then((known) => this.#settle(task, result, known));
    this.#settle(task, result, outcome);
    return null;
  }

  #settle(task: DueTask, result: AttemptResult, { event, settlement, retryInMs }: TaskOutcome): void {
    const { ports, run, onFact, onTrouble } = this.#options;
    const { key } = task.call;
    if (!this.#wanted.has(key)) return;
    if (this.#kept.delete(key)) void ports.beats?.forget({ run: run.id, key }).catch(onTrouble);
    const settles = settlement === null ? null : { key, settlement };
    onFact({ event, settles, next: retryInMs === null ? null : toNext(task, retryInMs, result) });
  }

  #attempt(task: DueTask, input: Uint8Array): Promise<AttemptResult | null> {
    const { ports, run, epoch } = this.#options;
    const { call, attempt, scheduled } = task;
    const { key } = call;
    const close = this.#closes.get(key) ?? null;
    const abort = this.#wanted.get(key) ?? new AttemptAbort(this.#interrupt);
    const perform = (): Promise<AttemptResult> => this.#perform(task, input, { close, abort });
    const rules = rulesOfHint(scheduled.data.rules);
    if (rules === undefined || rules.limits.length === 0) return perform();
    const ticket = `${run.id} ${epoch}.${attempt} ${key}`;
    return withinLimits(
      ports,
      { rules, ticket, abort, close, begin: async () => this.#begin(task) },
      perform,
    );
  }

  /** Whoever comes after a crash sees that the attempt did not only wait. */
  async #begin({ call: { key }, attempt }: DueTask): Promise<void> {
    const { ports, run, stop, onTrouble } = this.#options;
    const { log, worker, clock } = ports;
    const fact = {
      run: run.id,
      actor: `worker:${worker}`,
      events: [TaskStarted.make({ key, attempt, worker })],
      dedupeKey: startKey(key, attempt),
      seen: -1,
      unlessEnded: key,
      wakeInMs: null,
      attempt: null,
      unblock: false,
    };
    await insist(async () => log.append(fact), { clock, stop, onTrouble });
  }

  #perform(
    task: DueTask,
    input: Uint8Array,
    bounds: Pick<Attempt, "close" | "abort">,
  ): Promise<AttemptResult> {
    const { ports, run, epoch } = this.#options;
    const { call, attempt } = task;
    const { key } = call;
    const args: unknown = decodeValue(input, `The arguments of task ${key}`);
    return runAttempt(
      {
        spec: call.task,
        args: Array.isArray(args) ? args : [],
        run,
        key,
        attempt,
        fencing: epoch,
        timeoutMs: call.task.timeoutMs,
        ...bounds,
        heartbeatMs: call.task.bounds.heartbeatMs,
        heart: this.#heartOf(task),
        log: () => attemptLog(ports, run, { key, attempt }),
        parent: "run",
      },
      ports.clock,
    );
  }

  #heartOf({ call: { key }, heartbeat }: DueTask): HeartPorts {
    const { ports, run } = this.#options;
    return {
      last: heartbeat instanceof Uint8Array ? heartbeat : null,
      store: async (details) => {
        if (details === null || ports.beats === undefined) return true; // a sign of life; this process sees it itself
        this.#kept.add(key);
        return ports.beats.keep({ run: run.id, key }, ports.worker, details);
      },
    };
  }

  async #lookUp(task: DueTask, how: "first" | "again"): Promise<KnownTask> {
    const input = task.call.input ?? (await this.#recordedInput(task));
    return { task: how === "again" ? await this.#withKept(task) : task, input };
  }

  /** An attempt that died, or was given back, may have left details that no event has. */
  async #withKept(task: DueTask): Promise<DueTask> {
    const { ports, run } = this.#options;
    const { key } = task.call;
    const kept = (await ports.beats?.kept({ run: run.id, key })) ?? null;
    if (kept === null) return task;
    this.#kept.add(key);
    return { ...task, heartbeat: kept };
  }

  async #recordedInput({ scheduled }: DueTask): Promise<Uint8Array> {
    const { ports, run } = this.#options;
    const [bytes] = await ports.payloads.get(run.id, [scheduled.data.input]);
    return bytes ?? encodeValue([]);
  }
}

/** A task and its encoded arguments. */
interface KnownTask {
  readonly task: DueTask;
  readonly input: Uint8Array;
}

function toNext(task: DueTask, delayMs: number, result: AttemptResult): DueTask {
  const heartbeat = (result.ok ? null : result.heartbeat) ?? task.heartbeat;
  return { ...task, attempt: task.attempt + 1, delayMs, heartbeat };
}
