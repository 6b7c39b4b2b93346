import { EngineError, type ErrorCode } from "../base/errors.ts";

const translations: readonly {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly advice: string;
}[] = [
  {
    pattern: /OOM command not allowed/,
    code: "REDIS_OUT_OF_MEMORY",
    advice:
      "Redis is full and refuses writes. Nothing that was acknowledged is lost, and runs go on as soon as there is room: " +
      "raise maxmemory, delete finished runs, or move to a larger server.",
  },
  {
    pattern: /READONLY|can't write against a read only/i,
    code: "REDIS_READ_ONLY",
    advice:
      "Redis is a read-only replica here. Point MILLRACE_REDIS_URL at the primary, or wait for the failover to end.",
  },
  {
    pattern: /MISCONF|NOREPLICAS/,
    code: "REDIS_READ_ONLY",
    advice:
      "Redis refuses writes because it cannot save or replicate them. Look at its log: disk full, or replicas gone?",
  },
  {
    pattern: /NOAUTH|WRONGPASS|NOPERM/,
    code: "REDIS_UNAVAILABLE",
    advice: "Redis refuses this user. Check the name and password in MILLRACE_REDIS_URL and the ACL.",
  },
  {
    pattern:
      /ECONNREFUSED|ENOENT|ECONNRESET|EPIPE|ETIMEDOUT|Connection is closed|max retries|LOADING|BUSY Redis is busy|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|Too many Cluster|refresh slots cache|sentinels are unreachable|timed out|ENOTFOUND|EAI_AGAIN/i,
    code: "REDIS_UNAVAILABLE",
    advice:
      "Redis cannot be reached. Check that it runs and that MILLRACE_REDIS_URL is right; runs go on once it is back.",
  },
];

/** Says what an error of the driver means for Millrace; our own errors pass through. */
export function toEngineError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof EngineError) return error;
  const text = `${error.name} ${error.message} ${"code" in error ? String(error.code) : ""}`;
  const match = translations.find(({ pattern }) => pattern.test(text));
  if (match === undefined) return error;
  return new EngineError(match.code, `${match.advice} (${error.message})`, {}, error);
}

/** Runs a call of the driver with its errors translated. */
export async function translated<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toEngineError(error);
  }
}
