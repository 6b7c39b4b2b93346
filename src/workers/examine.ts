import { isEngineError } from "../base/errors.ts";
import { connect, toAddress } from "../redis/connect.ts";
import { countKeys } from "../redis/count-keys.ts";
import { openEmbedded } from "../redis/embedded.ts";
import { findServer } from "../redis/embedded-binary.ts";
import { type Finding, findProblems, readServerFacts, type ServerFacts } from "../redis/fitness.ts";
import { systemKeys } from "../redis/keys.ts";
import { translated } from "../redis/redis-error.ts";
import type { RedisConnection } from "../redis/script.ts";
import { Client } from "./client.ts";
import type { Settings } from "./settings.ts";
import { missingStore, placeOf } from "./store-place.ts";
import { findUnattended, type OpenRuns } from "./unattended.ts";
import { listWorkers, type WorkerRow } from "./worker-list.ts";

/** What a look at the store has found. */
export interface Examination {
  readonly place: string; // where the log is, for people
  readonly kind: "embedded" | "server";
  readonly namespace: string;
  readonly shards: number | null; // null = nothing was recorded in this namespace yet
  readonly server: ServerFacts | null; // null = it cannot be reached
  readonly keys: Readonly<Partial<Record<string, number>>>; // by what they are for
  readonly runs: OpenRuns;
  readonly workers: readonly WorkerRow[];
  readonly findings: readonly Finding[]; // worst first
}

/** Looks at everything that has to be right; writes nothing, and makes no new store. */
export async function examine(settings: Settings): Promise<Examination> {
  const kind = settings.redisUrl === null ? "embedded" : "server";
  const blank: Examination = {
    place: placeOf(settings),
    kind,
    namespace: settings.namespace,
    shards: null,
    server: null,
    keys: {},
    runs: { open: 0, blocked: 0, unattended: [] },
    workers: [],
    findings: [],
  };
  try {
    return missingStore(settings) === null ? await examineStore(settings, blank) : examineNothing(blank);
  } catch (error) {
    if (!isEngineError(error)) throw error;
    const problem = `${error.code}: ${error.message}`;
    return {
      ...blank,
      findings: [{ severity: "error", problem, remedy: "Nothing can run until this is mended." }],
    };
  }
}

/** @throws EngineError REDIS_MISSING */
function examineNothing(blank: Examination): Examination {
  findServer();
  return { ...blank, place: `${blank.place} (not there yet; the first run makes it)` };
}

async function examineStore(settings: Settings, blank: Examination): Promise<Examination> {
  const { redisUrl, dir, durability, namespace: name } = settings;
  const embedded = redisUrl === null ? await openEmbedded({ dir, durability }) : null;
  const wanted =
    embedded === null ? toAddress(redisUrl ?? "") : { kind: "socket" as const, path: embedded.socketPath };
  try {
    const { redis, address } = await connect(wanted);
    try {
      const server = await readServerFacts(redis);
      const seen = { ...blank, server, findings: findProblems(server) };
      const shards = await readShards(redis, name);
      if (shards === null) return seen;
      const namespace = { name, shards };
      const client = new Client({
        redis,
        address,
        namespace,
        settings,
        warnings: [],
        isThere: () => true,
        close: async () => undefined,
      });
      return await examineRuns(client, { ...seen, shards });
    } finally {
      redis.disconnect();
    }
  } finally {
    await embedded?.close();
  }
}

async function readShards(redis: RedisConnection, namespace: string): Promise<number | null> {
  const shards = await translated(async () => redis.hget(systemKeys(namespace).namespace, "shards"));
  return shards === null ? null : Number(shards);
}

async function examineRuns(client: Client, seen: Examination): Promise<Examination> {
  const [keys, workers, { runs, findings }] = await Promise.all([
    countKeys(client.store.redis, seen.namespace),
    listWorkers(client),
    findUnattended(client),
  ]);
  return { ...seen, keys, workers, runs, findings: [...seen.findings, ...findings] };
}
