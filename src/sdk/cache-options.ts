import { type Duration, toMs } from "../base/durations.ts";
import { EngineError } from "../base/errors.ts";
import type { TaskCache } from "../engine/task-cache.ts";
import { type CacheOption, materialOf, toPolicy } from "./cache-policy.ts";

export interface CacheOptions<Args extends readonly unknown[] = never[]> {
  /** Which calls share a result: `INPUTS`, `[INPUTS, TASK_SOURCE]`, `INPUTS.without("debug")`, `([id]) => id`. Default: none. */
  readonly cache?: CacheOption<Args>;
  readonly cacheExpiration?: Duration | null; // after the result was made; null = never; default 30 days
  readonly refreshCache?: boolean; // makes the result anew, for later calls too; default: MILLRACE_REFRESH_CACHE, or false
  /** "serializable": one call at a time makes a result, and the others wait for it. Default "shared": both may make it. */
  readonly cacheIsolation?: "shared" | "serializable";
}

const defaultExpiresMs = 30 * 24 * 60 * 60 * 1_000;

/**
 * How a task's results are reused; null = they are not.
 * @throws EngineError OPTION_INVALID naming the option
 */
export function resolveCache(task: string, options: CacheOptions): TaskCache | null {
  const { cache, cacheExpiration, refreshCache, cacheIsolation = "shared" } = options;
  const policy = toPolicy(cache);
  const isSet =
    cacheExpiration !== undefined || refreshCache !== undefined || options.cacheIsolation !== undefined;
  if (cache === undefined && isSet) throw withoutPolicy(task);
  if (policy === null) return null;
  const expiresMs = cacheExpiration === undefined ? defaultExpiresMs : cacheExpiration;
  return {
    material: (call) => materialOf(policy, call),
    expiresMs: expiresMs === null ? null : Math.max(1, toMs(expiresMs)),
    refresh: refreshCache ?? null,
    isAlone: cacheIsolation === "serializable",
  };
}

function withoutPolicy(task: string): EngineError {
  return new EngineError(
    "OPTION_INVALID",
    `Task ${task} says how long or how results are shared, and not which calls share one. Add the option \`cache\`, ` +
      `for example \`cache: INPUTS\`.`,
    { task, option: "cache" },
  );
}
