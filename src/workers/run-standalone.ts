import { readLimitText } from "../engine/limit-asks.ts";
import { nextDelayMs } from "../engine/retry-policy.ts";
import type { TaskSpec } from "../engine/specs.ts";
import { loggerFromEnvironment } from "../observe/logger.ts";
import { currentContext, type RunLogger } from "../sdk/context.ts";
import type { HeldSlots } from "../sdk/limit.ts";
import { limitsOf } from "../sdk/limit-options.ts";
import { type Attempt, runAttempt } from "./attempt.ts";
import { AttemptAbort } from "./attempt-abort.ts";
import { systemClock } from "./clock.ts";
import { displayOn } from "./display.ts";
import { newId } from "./ids.ts";
import { enterHere } from "./limit-here.ts";
import { attemptLog } from "./run-logger.ts";
import { closeOf, withCause } from "./time-limits.ts";

/** Runs a task that was called outside of a flow: with its retries and timeout, and without a record. */
export async function runStandalone(spec: TaskSpec, args: readonly unknown[]): Promise<unknown> {
  const { stop, ...around } = surroundings(spec);
  let failed: Error | null = null;
  const earlier = async (): Promise<Error | null> => Promise.resolve(failed);
  const { scheduleToCloseMs: limitMs } = spec.bounds;
  const close = limitMs === null ? null : closeOf(limitMs, { ageMs: 0, clock: systemClock, earlier });
  const first = {
    ...around,
    parent: "caller" as const,
    spec,
    args,
    attempt: 1,
    fencing: 0,
    timeoutMs: spec.timeoutMs,
    close,
    heartbeatMs: spec.bounds.heartbeatMs,
    heart: null,
  };
  for (let attempt = 1; ; attempt += 1) {
    const held = spec.rules === null ? null : await enterLimits(spec, args);
    const settlement = await runAttempt(
      { ...first, attempt, abort: new AttemptAbort({ signal: stop }) },
      systemClock,
    );
    held?.leave();
    if (settlement.ok) return settlement.value;
    const error = await withCause(settlement.error, close);
    const delayMs = await nextDelayMs(spec.retry, { error, attempt }, systemClock.chance());
    if (delayMs === null || stop.aborted) throw error;
    failed = error;
    await new Promise<void>((resolve) => {
      systemClock.after(delayMs, resolve);
    });
  }
}

/** Its slots, if it has limits. */
async function enterLimits({ name, rules }: TaskSpec, args: readonly unknown[]): Promise<HeldSlots | null> {
  const texts = rules === null ? [] : limitsOf(`Task ${name}`, rules.limits, args);
  if (texts.length === 0) return null;
  const caller = currentContext();
  const asks = texts.flatMap((text) => readLimitText(text) ?? []);
  return enterHere(asks, { timeoutMs: null, task: caller?.kind === "task" ? caller : null });
}

/** A task called by a task belongs to the same run, logs there, and stops with it. */
function surroundings(spec: TaskSpec): Pick<Attempt, "run" | "key" | "log"> & { readonly stop: AbortSignal } {
  const key = `${spec.name}#${newId()}`;
  const caller = currentContext();
  if (caller?.kind === "task") return { run: caller.run, key, log: () => caller.log, stop: caller.signal };
  const nobody = { id: "local", name: spec.name, flow: "", tags: [], traceparent: null };
  const log = (): RunLogger => {
    const { write } = displayOn(loggerFromEnvironment());
    return attemptLog({ clock: systemClock, write: (run, line) => write(run, line, "") }, nobody, {
      key: spec.name,
      attempt: 1,
    });
  };
  return { run: null, key, log, stop: new AbortController().signal };
}
