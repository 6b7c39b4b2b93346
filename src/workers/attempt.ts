import { formatMs } from "../base/durations.ts";
import { EngineError } from "../base/errors.ts";
import { toError } from "../base/recorded-error.ts";
import type { Settlement } from "../engine/calls.ts";
import { invoke, type TaskSpec } from "../engine/specs.ts";
import { inAttemptSpan, isTracing } from "../observe/tracing.ts";
import { type RunInfo, type RunLogger, type TaskContext, withContext } from "../sdk/context.ts";
import type { AttemptAbort } from "./attempt-abort.ts";
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
  readonly abort: AttemptAbort;
  readonly parent: "run" | "caller"; // whose span its own belongs to
}

/** Runs a task's function once. Never rejects: a failure is an outcome. */
export function runAttempt(attempt: Attempt, clock: Clock): Promise<Settlement> {
  if (!isTracing()) return perform(attempt, clock);
  return inAttemptSpan({ ...attempt, task: attempt.spec.name }, async () => perform(attempt, clock));
}

async function perform(attempt: Attempt, clock: Clock): Promise<Settlement> {
  const { spec, args, timeoutMs, abort } = attempt;
  try {
    const running = withContext(contextOf(attempt), async () => invoke(spec.fn, args));
    const value = timeoutMs === null ? await running : await inTime(running, { timeoutMs, abort }, clock);
    return { ok: true, value };
  } catch (thrown) {
    return { ok: false, error: toError(thrown) };
  } finally {
    abort.close();
  }
}

function contextOf({ run, key, spec, attempt, fencing, log, abort }: Attempt): TaskContext {
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
      return abort.signal;
    },
    get log() {
      logger ??= log();
      return logger;
    },
  };
}

interface TimeLimit {
  readonly timeoutMs: number;
  readonly abort: AttemptAbort;
}

/** Rejects and aborts when the time is over; what the function does afterwards is ignored. */
async function inTime(
  running: Promise<unknown>,
  { timeoutMs, abort }: TimeLimit,
  clock: Clock,
): Promise<unknown> {
  let forget = (): void => undefined;
  const timeout = new Promise<never>((_, reject) => {
    forget = clock.after(timeoutMs, () => {
      const text = `Task run exceeded timeout of ${formatMs(timeoutMs)}.`;
      const error = new EngineError("TASK_TIMED_OUT", text, { timeoutMs });
      reject(error);
      abort.abort(error);
    });
  });
  running.catch(() => undefined); // a late failure of an attempt that was given up
  try {
    return await Promise.race([running, timeout]);
  } finally {
    forget();
  }
}
