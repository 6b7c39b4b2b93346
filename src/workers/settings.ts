import { existsSync } from "node:fs";
import { EngineError } from "../base/errors.ts";
import { connect, type RedisAddress, toAddress } from "../redis/connect.ts";
import { type Durability, type EmbeddedRedis, openEmbedded } from "../redis/embedded.ts";
import { findProblems, readServerFacts, refuseUnfit } from "../redis/fitness.ts";
import type { Namespace } from "../redis/keys.ts";
import { openNamespace } from "../redis/open-namespace.ts";
import { defaultPayloadLimitBytes } from "../redis/payload-store.ts";
import type { RedisConnection } from "../redis/script.ts";
import { refreshesCache } from "./cache-rule.ts";
import { checkGuardMode } from "./guard-mode.ts";

/** Where Millrace keeps its log, and how; each has an environment variable. */
export interface Settings {
  readonly redisUrl: string | null; // MILLRACE_REDIS_URL; null = the embedded server
  readonly dir: string; // MILLRACE_DIR: the embedded server's directory
  readonly durability: Durability; // MILLRACE_DURABILITY: when the embedded server's writes reach the disk
  readonly namespace: string; // MILLRACE_NAMESPACE
  readonly shards: number | null; // MILLRACE_SHARDS, at the creation of a namespace; null = 1 embedded, else 16
  readonly payloadLimitBytes: number; // MILLRACE_PAYLOAD_LIMIT_MB
  readonly runLogs: boolean; // MILLRACE_RUN_LOGS: lines of runs are kept in Redis
}

/** @throws EngineError OPTION_INVALID naming the variable */
export function settingsFromEnvironment(): Settings {
  checkGuardMode(); // each run looks at it
  const { env } = process;
  const durability = env["MILLRACE_DURABILITY"] ?? "everysec";
  if (durability !== "everysec" && durability !== "always")
    throw invalid("MILLRACE_DURABILITY", "everysec or always", durability);
  const runLogs = env["MILLRACE_RUN_LOGS"] ?? "on";
  refreshesCache(); // asked for each call; said now when it cannot be read
  if (runLogs !== "on" && runLogs !== "off") throw invalid("MILLRACE_RUN_LOGS", "on or off", runLogs);
  return {
    redisUrl: env["MILLRACE_REDIS_URL"] ?? null,
    dir: env["MILLRACE_DIR"] ?? ".millrace",
    durability,
    namespace: env["MILLRACE_NAMESPACE"] ?? "default",
    shards: wholeNumber("MILLRACE_SHARDS", 1, 1_024),
    payloadLimitBytes:
      (wholeNumber("MILLRACE_PAYLOAD_LIMIT_MB", 1, 512) ?? defaultPayloadLimitBytes / 1024 / 1024) *
      1024 *
      1024,
    runLogs: runLogs === "on",
  };
}

function wholeNumber(variable: string, least: number, most: number): number | null {
  const text = process.env[variable];
  if (text === undefined) return null;
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalid(variable, `a whole number from ${least} to ${most}`, text);
}

function invalid(variable: string, wanted: string, given: string): EngineError {
  return new EngineError(
    "OPTION_INVALID",
    `${variable} must be ${wanted}, and is ${JSON.stringify(given)}.`,
    { variable },
  );
}

/** An open store: the connection, where it goes, and the way to leave. */
export interface Store {
  readonly redis: RedisConnection;
  readonly address: RedisAddress;
  readonly namespace: Namespace;
  readonly settings: Settings;
  readonly warnings: readonly string[];
  /** false = the directory of the embedded server was thrown away: what is written now, nobody would find. */
  isThere(): boolean;
  close(): Promise<void>;
}

/**
 * Opens the store of the settings; starts the embedded server when there is no URL.
 * @throws EngineError REDIS_MISSING, REDIS_UNAVAILABLE, REDIS_UNFIT, REDIS_READ_ONLY
 */
export async function openStore(settings: Settings): Promise<Store> {
  const embedded =
    settings.redisUrl === null
      ? await openEmbedded({ dir: settings.dir, durability: settings.durability })
      : null;
  try {
    const wanted: RedisAddress =
      embedded === null ? toAddress(settings.redisUrl ?? "") : { kind: "socket", path: embedded.socketPath };
    const { redis, address } = await connect(wanted);
    if (embedded !== null) keepAlive(redis, embedded);
    const findings = embedded === null ? findProblems(await readServerFacts(redis)) : [];
    refuseUnfit(findings);
    const namespace = await openNamespace(
      redis,
      settings.namespace,
      settings.shards ?? (embedded === null ? 16 : 1),
    );
    return {
      redis,
      address,
      namespace,
      settings,
      warnings: findings.map(({ problem, remedy }) => `${problem} ${remedy}`),
      isThere: () => embedded === null || existsSync(embedded.socketPath),
      close: async () => {
        redis.disconnect();
        await embedded?.close();
      },
    };
  } catch (error) {
    await embedded?.close();
    throw error;
  }
}

/** Brings the embedded server back when it died; the driver reconnects by itself and sends again what was open. */
function keepAlive(redis: RedisConnection, embedded: EmbeddedRedis): void {
  redis.on("reconnecting", () => {
    embedded.revive().catch(() => undefined); // closing, or the directory is gone: the next call of the driver says it
  });
}
