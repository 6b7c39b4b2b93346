import { formatMs } from "../base/durations.ts";
import { EngineError } from "../base/errors.ts";
import { toError } from "../base/recorded-error.ts";
import type { Settlement } from "../engine/calls.ts";
import { invoke, type TaskSpec } from "../engine/specs.ts";
import { inAttemptSpan, isTracing } from "../observe/tracing.ts";
import { type RunInfo, type RunLogger, type TaskContext, withContext } from "../sdk/context.ts";
import type { Clock } from "./clock.ts";

export interface Attempt {
  readonly spec: TaskSpec;
  readonly args: readonly unknown[];
  readonly run: RunInfo | null; // null = called outside a flow
  readonly key: string;
  readonly attempt: number; // 1 = first try
  readonly fencing: number; // epoch of the run's owner, or 0
  readonly timeoutMs: number | null; // null = none
  readonly log: () => RunLogger; // made when the task looks at it
  readonly stop: AbortSignal; // the worker lost the run, or must stop
  readonly parent: "run" | "caller"; // whose span its own belongs to
}

/** Runs a task's function once. Never rejects: a failure is an outcome. */
export function runAttempt(attempt: Attempt, clock: Clock): Promise<Settlement> {
  if (!isTracing()) return perform(attempt, clock);
  return inAttemptSpan({ ...attempt, task: attempt.spec.name }, async () => perform(attempt, clock));
}

async function perform(attempt: Attempt, clock: Clock): Promise<Settlement> {
  const { spec, args, timeoutMs } = attempt;
  const scope = new AttemptScope(attempt);
  const context = scope.context(attempt);
  try {
    const running = withContext(context, async () => invoke(spec.fn, args));
    const value = timeoutMs === null ? await running : await scope.withTimeout(running, timeoutMs, clock);
    return { ok: true, value };
  } catch (thrown) {
    return { ok: false, error: toError(thrown) };
  } finally {
    scope.close();
  }
}

/** The AbortSignal of one attempt; made when somebody looks at it, as most tasks never do. */
class AttemptScope {
  readonly #stop: AbortSignal;
  #controller: AbortController | null = null;
  readonly #forward = (): void => this.#controller?.abort(this.#stop.reason);

  constructor({ stop }: Attempt) {
    this.#stop = stop;
  }

  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#stop.aborted) this.#forward();
      else this.#stop.addEventListener("abort", this.#forward, { once: true });
    }
    return this.#controller.signal;
  }

  context({ run, key, spec, attempt, fencing, log }: Attempt): TaskContext {
    const signalOf = (): AbortSignal => this.signal;
    let logger: RunLogger | null = null;
    return {
      kind: "task",
      run,
      key,
      name: spec.name,
      attempt,
      idempotencyKey: `${run?.id ?? "local"}/${key}`,
      fencingToken: `${String(fencing).padStart(8, "0")}.${String(attempt).padStart(6, "0")}`,
      get signal() {
        return signalOf();
      },
      get log() {
        logger ??= log();
        return logger;
      },
    };
  }

  /** Rejects and aborts when the time is over; what the function does afterwards is ignored. */
  async withTimeout(running: Promise<unknown>, timeoutMs: number, clock: Clock): Promise<unknown> {
    let forget = (): void => undefined;
    const timeout = new Promise<never>((_, reject) => {
      forget = clock.after(timeoutMs, () => {
        const error = new EngineError(
          "TASK_TIMED_OUT",
          `Task run exceeded timeout of ${formatMs(timeoutMs)}.`,
          { timeoutMs },
        );
        reject(error);
        void this.signal; // made now, if nobody looked before
        this.#controller?.abort(error);
      });
    });
    running.catch(() => undefined); // a late failure of an attempt that was given up
    try {
      return await Promise.race([running, timeout]);
    } finally {
      forget();
    }
  }

  close(): void {
    if (this.#controller !== null) this.#stop.removeEventListener("abort", this.#forward);
  }
}
