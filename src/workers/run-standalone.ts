import { nextDelayMs } from "../engine/retry-policy.ts";
import type { TaskSpec } from "../engine/specs.ts";
import { loggerFromEnvironment } from "../observe/logger.ts";
import { currentContext } from "../sdk/context.ts";
import { runAttempt } from "./attempt.ts";
import { systemClock } from "./clock.ts";
import { displayOn } from "./display.ts";
import { newId } from "./ids.ts";

/** Runs a task that was called outside of a flow: with its retries and timeout, and without a record. */
export async function runStandalone(spec: TaskSpec, args: readonly unknown[]): Promise<unknown> {
  const caller = currentContext();
  const outer = caller?.kind === "task" ? caller : null;
  const key = `${spec.name}#${newId()}`;
  const log = outer?.log ?? displayOn(loggerFromEnvironment()).loggerOf({ id: "local", name: spec.name, flow: "", tags: [] }, spec.name);
  const stop = outer?.signal ?? new AbortController().signal;
  const run = outer?.run ?? null;
  for (let attempt = 1; ; attempt += 1) {
    const settlement = await runAttempt({ spec, args, run, key, attempt, fencing: 0, timeoutMs: spec.timeoutMs, log, stop }, systemClock);
    if (settlement.ok) return settlement.value;
    const delayMs = await nextDelayMs(spec.retry, { error: settlement.error, attempt }, systemClock.chance());
    if (delayMs === null || stop.aborted) throw settlement.error;
    await new Promise<void>((resolve) => {
      systemClock.after(delayMs, resolve);
    });
  }
}
