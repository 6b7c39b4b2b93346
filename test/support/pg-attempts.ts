import type { Settlement } from "../../src/engine/calls.ts";
import type { Task } from "../../src/sdk/task.ts";
import { runAttempt, unlimited } from "../../src/workers/attempt.ts";
import { AttemptAbort } from "../../src/workers/attempt-abort.ts";
import { systemClock } from "../../src/workers/clock.ts";

export interface Occasion {
  readonly run: string;
  readonly key?: string; // default: the first call of the task
  readonly attempt?: number;
  readonly timeoutMs?: number;
  readonly stop?: AbortSignal;
}

const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };
function ignore(): void {
  // the lines of these attempts are nobody's
}

/** One attempt of a task in a run, as a worker makes it; two at once are what a zombie and its successor do. */
export async function attemptOf<Args extends readonly unknown[], Result>(
  { spec }: Task<Args, Result>,
  args: Args,
  { run, key = `${spec.name}#1`, attempt = 1, timeoutMs, stop }: Occasion,
): Promise<Settlement> {
  const info = { id: run, name: run, flow: "test", tags: [], traceparent: null };
  return runAttempt(
    {
      spec,
      args,
      run: info,
      key,
      attempt,
      fencing: 1,
      timeoutMs: timeoutMs ?? null,
      log: () => silent,
      abort: new AttemptAbort({ signal: stop ?? new AbortController().signal }),
      parent: "run",
      ...unlimited,
    },
    systemClock,
  );
}
