import { randomUUID } from "node:crypto";
import { runKey, shardKeys } from "../../src/redis/keys.ts";
import { readRun } from "../../src/redis/read-run.ts";
import { prepare } from "../own/floor.ts";
import { whileOpen } from "../own/keep-open.ts";
import { openSite, type Site } from "../own/site.ts";
import { epochMs } from "../suite/batch.ts";
import { redisBytes, redisPid, redisVersion } from "../suite/redis-facts.ts";
import type { Batch, Engine, OpenEngine, Plan, RunRecord } from "../suite/session.ts";
import { compared } from "./millrace-flows.ts";

const noEngine = "no engine";
const group = 25; // runs whose commits travel in one call, as group commit does with many in flight

/** The events of a run, as bytes, commit by commit. */
type Commits = readonly (readonly Uint8Array[])[];

/** The bytes that Millrace would write, appended by a bare script: what nothing on this design can beat. */
export const engine: Engine = {
  open: async ({ variant }) => open(variant === "always" ? "always" : "everysec"),
  cannot: () => ({
    B3: "which writes travel together depends on the moment",
    B4: noEngine,
    B5: noEngine,
    B6: noEngine,
    B8: noEngine,
    B9: noEngine,
    B10: noEngine,
    S: noEngine,
  }),
};

async function open(durability: "always" | "everysec"): Promise<OpenEngine> {
  const site = await openSite(durability);
  const { redis } = site.store;
  const append = await prepare(site);
  const recorded = new Map<string, Commits>();
  return {
    about: {
      versions: { redis: await redisVersion(redis) },
      settings: `appendfsync ${durability}, unix socket, ${group} runs a call where 100 are in flight`,
      load: "in the engine's process",
    },
    storePids: [await redisPid(redis)],
    runs: async (batch) => {
      const commits = await commitsOf(site, batch.plan, recorded);
      return play(batch, async (runs) => {
        const streams = Array.from({ length: runs }, () => randomUUID());
        for (const bodies of commits)
          await append(
            streams,
            streams.flatMap(() => bodies),
          );
      });
    },
    storeBytes: async () => redisBytes(redis),
    close: async () => site.close(),
  };
}

/** What a real run of the plan wrote. A commit begins where a task has ended: its result, the decision, the next call. */
async function commitsOf(site: Site, plan: Plan, recorded: Map<string, Commits>): Promise<Commits> {
  const known = recorded.get(JSON.stringify(plan));
  if (known !== undefined) return known;
  await whileOpen(async () => compared(plan));
  const { redis, namespace } = site.store;
  const runs = await redis.zrange(shardKeys(namespace, 0).runs, "0", "-1");
  for (const run of runs.reverse()) {
    const events = await readRun(redis, namespace, { run, after: 0 });
    const ended = events.flatMap(({ type }, index) => (type === "TaskCompleted" ? [index] : []));
    if (ended.length !== plan.tasks) continue; // the one that kept the process open
    const entries = await redis.xrangeBuffer(runKey(namespace, run), "-", "+");
    const bodies = entries.map(([, fields]) => fields[1] ?? Buffer.alloc(0));
    const starts = [0, ...ended];
    const commits = starts.map((start, index) => bodies.slice(start, starts[index + 1]));
    recorded.set(JSON.stringify(plan), commits);
    return commits;
  }
  throw new Error("The recorded run was not found.");
}

/** As `runBatch`, for runs that travel together. */
async function play(
  { plan, count, inFlight, budgetMs }: Batch,
  write: (runs: number) => Promise<void>,
): Promise<readonly RunRecord[]> {
  const records: RunRecord[] = [];
  const size = Math.min(group, inFlight);
  const began = performance.now();
  const lane = async (): Promise<void> => {
    while (records.length + size <= count && performance.now() - began < budgetMs) {
      const startedAt = epochMs();
      await write(size);
      const ms = epochMs() - startedAt;
      const stamps = Array.from({ length: plan.tasks }, () => startedAt);
      records.push(...Array.from({ length: size }, () => ({ startedAt, ms, stamps })));
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.floor(inFlight / size)) }, lane));
  return records;
}
