import { toMs } from "../base/durations.ts";
import { EngineError } from "../base/errors.ts";
import type { TaskBounds, TaskOverrides } from "../events/task-events.ts";
import { type ResultPlace, s3Url } from "./result-plan.ts";
import type { RetryPolicy } from "./retry-policy.ts";
import { noBounds, type TaskSpec } from "./specs.ts";

/**
 * The options that a queued call of a task with `withOptions()` carries to the worker that runs it; null = none.
 * @throws EngineError OPTION_INVALID for options that are functions, which cannot travel
 */
export function overridesOf(spec: TaskSpec): TaskOverrides | null {
  const { overridden, retry, timeoutMs, bounds, name, results } = spec;
  if (!overridden) return null;
  if (typeof retry.delay === "function" || retry.condition !== null) {
    throw new EngineError(
      "OPTION_INVALID",
      `Task ${name}: withOptions() with a function for retryDelay or retryIf works for direct calls only, because ` +
        `functions cannot travel to another worker. Give them in the definition of the task.`,
      { task: name },
    );
  }
  const delaysMs = [retry.delay].flat().map(toMs);
  return {
    maxAttempts: retry.maxAttempts,
    delaysMs,
    jitter: retry.jitter,
    timeoutMs,
    bounds: bounds === noBounds ? null : bounds,
    results: results === null ? null : { ...results, place: nameOf(results.place) },
  };
}

function nameOf(place: ResultPlace | null): string | null {
  if (place === null) return null;
  return place.kind === "s3" ? s3Url(place) : place.path;
}

/** The policy and limits of a queued call: those that it carries, else those of the definition. */
export function policyOf(
  spec: TaskSpec,
  overrides: TaskOverrides | null,
): { retry: RetryPolicy; timeoutMs: number | null; bounds: TaskBounds } {
  if (overrides === null) return { retry: spec.retry, timeoutMs: spec.timeoutMs, bounds: spec.bounds };
  const { maxAttempts, delaysMs, jitter, timeoutMs, bounds } = overrides;
  const retry = { maxAttempts, delay: delaysMs, jitter, condition: null };
  return { retry, timeoutMs, bounds: bounds ?? spec.bounds };
}
