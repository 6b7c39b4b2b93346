import { createHash } from "node:crypto";
import { EngineError } from "../base/errors.ts";
import type { CacheRequest } from "../engine/task-cache.ts";
import type { TaskRules } from "../events/task-events.ts";

/** The rules of a call with its cache key, which is made here: pure rooms have no SHA-256. */
export function withCache(rules: TaskRules | null, request: CacheRequest | null): TaskRules | null {
  if (request === null) return rules;
  const { material, cache } = request;
  const key = createHash("sha256").update(material).digest("base64url").slice(0, keyLength);
  const refresh = cache.refresh ?? refreshesCache();
  const rule = { key, expiresMs: cache.expiresMs, refresh, isAlone: cache.isAlone };
  return { priority: null, limits: [], ...rules, cache: rule };
}

const keyLength = 32; // of six bits each

/**
 * MILLRACE_REFRESH_CACHE: earlier results are not used, but replaced.
 * @throws EngineError OPTION_INVALID
 */
export function refreshesCache(): boolean {
  const text = process.env["MILLRACE_REFRESH_CACHE"] ?? "";
  if (["", "0", "off", "false"].includes(text)) return false;
  if (["1", "on", "true"].includes(text)) return true;
  throw new EngineError(
    "OPTION_INVALID",
    `MILLRACE_REFRESH_CACHE must be on or off, and is ${JSON.stringify(text)}.`,
    { variable: "MILLRACE_REFRESH_CACHE" },
  );
}
