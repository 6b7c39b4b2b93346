import { canonicalBytes } from "../base/canonical.ts";
import { toError } from "../base/recorded-error.ts";
import type { TaskSpec } from "../engine/specs.ts";
import type { CacheRequest } from "../engine/task-cache.ts";
import type { FlowContext } from "./context.ts";

/**
 * What makes this call equal to others, as it is now; null = its result is not shared. A key that cannot be made is a
 * warning: the task runs as without a cache.
 */
export function cacheRequest(
  { run, parameters, log }: FlowContext,
  spec: TaskSpec,
  key: string,
  args: readonly unknown[],
): CacheRequest | null {
  const { cache, name: task, fn } = spec;
  if (cache === null) return null;
  try {
    const material = cache.material({ task, source: fn.toString(), args, run, parameters });
    return { cache, material: canonicalBytes(material, `What the cache key of task ${key} is made of`) };
  } catch (thrown) {
    log.warn(
      { task: key },
      `Cache key could not be computed, the task runs without a cache: ${toError(thrown).message}`,
    );
    return null;
  }
}
