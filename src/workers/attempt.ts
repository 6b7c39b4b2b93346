import { AsyncLocalStorage } from "node:async_hooks";
import { toError } from "../base/recorded-error.ts";
import { invoke, type TaskSpec, type UserFunction } from "../engine/specs.ts";
import { inAttemptSpan, isTracing } from "../observe/tracing.ts";
import { type RunInfo, type RunLogger, type TaskContext, withContext } from "../sdk/context.ts";
import type { AttemptAbort } from "./attempt-abort.ts";
import { Heart, type HeartPorts } from "./attempt-heart.ts";
import type { Clock } from "./clock.ts";
import { attemptOver, attemptTimedOut, type CloseLimit, closeTimedOut } from "./time-limits.ts";

export interface Attempt {
  readonly spec: TaskSpec;
  readonly args: readonly unknown[];
  readonly run: RunInfo | null; // null = called outside a flow
  readonly key: string;
  readonly attempt: number; // 1 = first try
  readonly fencing: number; // epoch of the run's owner, or 0
  readonly timeoutMs: number | null; // null = none
  readonly close: CloseLimit | null; // null = none
  readonly heartbeatMs: number | null; // null = none
  readonly heart: HeartPorts | null; // null = heartbeats are not stored
  readonly log: () => RunLogger; // made when the task looks at it
  readonly abort: AttemptAbort;
  readonly parent: "run" | "caller"; // whose span its own belongs to
}

/** Of an attempt that nothing limits, and whose heartbeats go nowhere. */
export const unlimited = { close: null, heartbeatMs: null, heart: null } as const;

/** How an attempt ended. */
export type AttemptResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: Error; readonly heartbeat: Uint8Array | null }; // null = no details

/** Who else has a say in attempts: a test harness, for the code that it runs. */
export interface AttemptWatch {
  functionOf(spec: TaskSpec): UserFunction; // a mock, or its own
  begin(context: TaskContext): () => void; // returns what to call at the end
}

const watches = new AsyncLocalStorage<AttemptWatch>();

/** Attempts that begin in `fn`, and in all that follows from it, are watched. */
export function watchAttempts<T>(watch: AttemptWatch, fn: () => T): T {
  return watches.run(watch, fn);
}

/** Runs a task's function once. Never rejects: a failure is an outcome. */
export function runAttempt(attempt: Attempt, clock: Clock): Promise<AttemptResult> {
  if (!isTracing()) return perform(attempt, clock);
  return inAttemptSpan({ ...attempt, task: attempt.spec.name }, async () => perform(attempt, clock));
}

async function perform(attempt: Attempt, clock: Clock): Promise<AttemptResult> {
  const { spec, args, close } = attempt;
  if (close !== null && clock.now() >= close.at)
    return { ok: false, error: closeTimedOut(close.limitMs, null), heartbeat: null };
  const scope = new AttemptScope(attempt, clock);
  const context = scope.context();
  const watch = watches.getStore();
  const end = watch?.begin(context);
  const fn = watch?.functionOf(spec) ?? spec.fn;
  try {
    if (attempt.heartbeatMs !== null) scope.heart.start(); // before the function, which may compute for long
    const running = withContext(context, () => invoke(fn, args));
    const value: unknown = scope.isLimited ? await scope.limited(running) : await running;
    return { ok: true, value };
  } catch (thrown) {
    return { ok: false, error: toError(thrown), heartbeat: scope.details };
  } finally {
    end?.();
    scope.close();
  }
}

/** What surrounds one attempt. Its AbortSignal and its heart are made when they are needed, as most tasks need neither. */
class AttemptScope {
  readonly #attempt: Attempt;
  readonly #clock: Clock;
  #heart: Heart | null = null;
  #giveUp: (error: Error) => void = () => undefined; // ends the attempt, whatever its function does

  constructor(attempt: Attempt, clock: Clock) {
    this.#attempt = attempt;
    this.#clock = clock;
  }

  get heart(): Heart {
    const { key, attempt, heartbeatMs: timeoutMs, heart: ports, abort } = this.#attempt;
    this.#heart ??= new Heart({
      what: `The heartbeat of task ${key}`,
      timeoutMs,
      ports,
      clock: this.#clock,
      onLate: (error) => this.#giveUp(error),
      onOver: () => abort.abort(attemptOver(key, attempt)),
    });
    return this.#heart;
  }

  /** Of the newest heartbeat; null = there was none. */
  get details(): Uint8Array | null {
    return this.#heart?.details ?? null;
  }

  context(): TaskContext {
    return new AttemptContext(this.#attempt, () => this.heart);
  }

  get isLimited(): boolean {
    const { timeoutMs, close, heartbeatMs } = this.#attempt;
    return timeoutMs !== null || close !== null || heartbeatMs !== null;
  }

  /** Rejects and aborts when the time is over; what the function does afterwards is ignored. */
  async limited(value: unknown): Promise<unknown> {
    const running = Promise.resolve(value);
    const { timeoutMs, close } = this.#attempt;
    const clock = this.#clock;
    const forget: (() => void)[] = [];
    const over = new Promise<never>((_, reject) => {
      this.#giveUp = (error) => {
        reject(error);
        this.#attempt.abort.abort(error);
      };
    });
    if (timeoutMs !== null)
      forget.push(clock.after(timeoutMs, () => this.#giveUp(attemptTimedOut(timeoutMs))));
    if (close !== null)
      forget.push(
        clock.after(Math.max(0, close.at - clock.now()), () =>
          this.#giveUp(closeTimedOut(close.limitMs, null)),
        ),
      );
    running.catch(() => undefined); // a late failure of an attempt that was given up
    try {
      const result = await Promise.race([running, over]);
      const late = this.#heart?.lateness ?? null;
      if (late !== null) throw late; // others may have seen it, and begun the next attempt
      return result;
    } finally {
      for (const drop of forget) drop();
    }
  }

  close(): void {
    this.#heart?.stop();
    this.#attempt.abort.close();
  }
}

/** A class, as most tasks look at nothing of it: what it gives is made then. */
class AttemptContext implements TaskContext {
  readonly kind = "task";
  readonly #attempt: Attempt;
  readonly #heart: () => Heart;
  #log: RunLogger | null = null;

  constructor(attempt: Attempt, heart: () => Heart) {
    this.#attempt = attempt;
    this.#heart = heart;
  }

  get run(): RunInfo | null {
    return this.#attempt.run;
  }

  get key(): string {
    return this.#attempt.key;
  }

  get name(): string {
    return this.#attempt.spec.name;
  }

  get attempt(): number {
    return this.#attempt.attempt;
  }

  get idempotencyKey(): string {
    const { run, key } = this.#attempt;
    return `${run?.id ?? "local"}/${key}`;
  }

  get fencingToken(): string {
    const { fencing, attempt } = this.#attempt;
    return `${String(fencing).padStart(8, "0")}.${String(attempt).padStart(6, "0")}`;
  }

  get signal(): AbortSignal {
    return this.#attempt.abort.signal;
  }

  get lastHeartbeat(): unknown {
    return this.#heart().last;
  }

  /** Of its own, so that it can be taken out of the context. */
  get heartbeat(): (details?: unknown) => void {
    return (details) => {
      this.signal.throwIfAborted();
      this.#heart().beat(details);
    };
  }

  get log(): RunLogger {
    this.#log ??= this.#attempt.log();
    return this.#log;
  }
}
