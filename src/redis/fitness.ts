import { EngineError } from "../base/errors.ts";
import { toEngineError } from "./redis-error.ts";
import type { RedisConnection } from "./script.ts";

/** What a server says of itself, as far as Millrace cares. */
export interface ServerFacts {
  readonly software: "redis" | "valkey";
  readonly version: string;
  readonly evictionPolicy: string;
  readonly isPersistent: boolean; // AOF is on
  readonly fsync: string; // "everysec", "always", "no"; "unknown" where CONFIG is forbidden
  readonly isReplica: boolean;
  readonly usedBytes: number;
  readonly limitBytes: number; // 0 = none
}

export interface Finding {
  readonly severity: "error" | "warning";
  readonly problem: string;
  readonly remedy: string;
}

export async function readServerFacts(redis: RedisConnection): Promise<ServerFacts> {
  const info = await redis.info().catch((error: unknown) => {
    throw toEngineError(error);
  });
  const field = (name: string): string => new RegExp(`^${name}:(.*)$`, "m").exec(info)?.[1]?.trim() ?? "";
  const isValkey = field("server_name") === "valkey" || field("valkey_version") !== "";
  return {
    software: isValkey ? "valkey" : "redis",
    version: isValkey ? field("valkey_version") : field("redis_version"),
    evictionPolicy: field("maxmemory_policy"),
    isPersistent: field("aof_enabled") === "1",
    fsync: await readFsync(redis),
    isReplica: field("role") === "slave",
    usedBytes: Number(field("used_memory")),
    limitBytes: Number(field("maxmemory")),
  };
}

async function readFsync(redis: RedisConnection): Promise<string> {
  try {
    const answer: unknown = await redis.call("CONFIG", "GET", "appendfsync");
    const value: unknown = Array.isArray(answer) ? answer[1] : Object.values(answer ?? {})[0];
    return typeof value === "string" ? value : "unknown";
  } catch {
    return "unknown"; // managed servers forbid CONFIG; the rest of the check does not need it
  }
}

const oldest = { redis: 7.0, valkey: 7.2 } as const;

/** What is wrong with a server, worst first; errors are reasons not to start. */
export function findProblems(facts: ServerFacts): readonly Finding[] {
  const findings: Finding[] = [];
  const { software, version, evictionPolicy } = facts;
  if (Number.parseFloat(version) < oldest[software]) {
    findings.push({
      severity: "error",
      problem: `${software} ${version} is too old.`,
      remedy: `Millrace needs Redis 7.0 or Valkey 7.2, or later. Upgrade the server.`,
    });
  }
  if (evictionPolicy !== "" && evictionPolicy !== "noeviction") {
    findings.push({
      severity: "error",
      problem: `maxmemory-policy is ${evictionPolicy}: Redis would delete history when its memory is full.`,
      remedy: `Set it to noeviction: CONFIG SET maxmemory-policy noeviction, and in redis.conf.`,
    });
  }
  if (facts.isReplica) {
    findings.push({
      severity: "error",
      problem: "This server is a replica; it refuses writes.",
      remedy: "Point MILLRACE_REDIS_URL at the primary, or use redis+sentinel://.",
    });
  }
  return [...findings, ...findWarnings(facts)];
}

function findWarnings({ isPersistent, fsync, usedBytes, limitBytes }: ServerFacts): Finding[] {
  const findings: Finding[] = [];
  if (!isPersistent) {
    findings.push({
      severity: "warning",
      problem: "The append-only file is off: a restart of Redis loses runs.",
      remedy: "CONFIG SET appendonly yes, and in redis.conf.",
    });
  } else if (fsync === "no") {
    findings.push({
      severity: "warning",
      problem: "appendfsync is no: a crash of the machine can lose the last half minute.",
      remedy: "CONFIG SET appendfsync everysec (up to two seconds), or always (nothing).",
    });
  }
  if (limitBytes > 0 && usedBytes > 0.85 * limitBytes) {
    findings.push({
      severity: "warning",
      problem: `Memory is ${Math.round((usedBytes / limitBytes) * 100)} % full; at 100 % nothing can be recorded.`,
      remedy: "Raise maxmemory, or delete finished runs.",
    });
  }
  return findings;
}

/** @throws EngineError REDIS_UNFIT or REDIS_READ_ONLY when the server must not be used */
export function refuseUnfit(findings: readonly Finding[]): void {
  const errors = findings.filter(({ severity }) => severity === "error");
  const [first] = errors;
  if (first === undefined) return;
  const text = errors.map(({ problem, remedy }) => `${problem} ${remedy}`).join("\n");
  throw new EngineError(first.problem.includes("replica") ? "REDIS_READ_ONLY" : "REDIS_UNFIT", text);
}
