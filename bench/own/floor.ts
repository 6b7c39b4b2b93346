import { randomUUID } from "node:crypto";
import { runKey, shardKeys } from "../../src/redis/keys.ts";
import { readRun } from "../../src/redis/read-run.ts";
import { tenSteps } from "./fixtures/flows.ts";
import { whileOpen } from "./keep-open.ts";
import { inFlight, quantile, type Sample, type Setup, type Workload, warmUp } from "./measure.ts";
import { openSite, redisCpuSeconds, type Site } from "./site.ts";

export const floor: Workload = {
  name: "floor",
  about:
    "the bytes of `sequential` and `throughput`, appended to run streams and the feed by a bare script; no engine",
  figures: [
    { name: "one run, p50", unit: "ms", target: null },
    { name: "one run, p99", unit: "ms", target: null },
    { name: "tasks, 100 in flight", unit: "/s", target: null }, // four calls of 25 commits under way
    { name: "cpu redis", unit: "s/1000 tasks", target: null },
    { name: "ping p50", unit: "us", target: null },
  ],
  run,
};

const tasksPerRun = 10;
const group = 25;

// KEYS: feed, open, then a run stream per commit. ARGV: events per commit, then the bodies, one commit after the other.
const append = `
local count = tonumber(ARGV[1])
for item = 3, #KEYS do
  local line = {'XADD', KEYS[1], 'MAXLEN', '~', 10000, '*', 'r', KEYS[item], 'p', 1}
  for index = 1, count do
    local body = ARGV[1 + (item - 3) * count + index]
    redis.call('XADD', KEYS[item], '*', 'e', body)
    line[#line + 1] = 'e'
    line[#line + 1] = body
  end
  redis.call(unpack(line))
  redis.call('HSET', KEYS[2], KEYS[item], '1:1:1:worker')
end
return redis.call('TIME')
`;

type Append = (streams: readonly string[], bodies: readonly Uint8Array[]) => Promise<unknown>;

async function run(setup: Setup): Promise<Sample> {
  const { durability, isQuick } = setup;
  const site = await openSite(durability);
  try {
    const commits = await recordedCommits(site);
    const call = await prepare(site);
    await warmUp(setup, 1, async () => timeRuns(1, call, commits));
    const times = await timeRuns(isQuick ? 100 : 300, call, commits);
    return {
      "one run, p50": quantile(times, 0.5),
      "one run, p99": quantile(times, 0.99),
      ...(await timeGroups(site, isQuick ? 20 : 80, call, commits)),
      "ping p50": await timePing(site),
    };
  } finally {
    await site.close();
  }
}

/** The bodies of a real run's events, commit by commit. */
async function recordedCommits({ store }: Site): Promise<readonly (readonly Uint8Array[])[]> {
  const { redis, namespace } = store;
  await whileOpen(async () => tenSteps(0));
  for (const run of await redis.zrange(shardKeys(namespace, 0).runs, "0", "-1")) {
    const events = await readRun(redis, namespace, { run, after: 0 });
    const starts = events.flatMap(({ type }, index) =>
      index === 0 || type === "TaskCompleted" ? [index] : [],
    );
    if (starts.length !== tasksPerRun + 1) continue; // the one that kept the process open
    const entries = await redis.xrangeBuffer(runKey(namespace, run), "-", "+");
    const bodies = entries.map(([, fields]) => fields[1] ?? Buffer.alloc(0));
    return starts.map((start, index) => bodies.slice(start, starts[index + 1]));
  }
  throw new Error("The recorded run was not found.");
}

export async function prepare({ store }: Site): Promise<Append> {
  const { redis, namespace } = store;
  const { feed, open } = shardKeys(namespace, 0);
  const sha = String(await redis.script("LOAD", append));
  return async (streams, bodies) => {
    const keys = [feed, open, ...streams.map((stream) => runKey(namespace, stream))];
    const args = bodies.map((body) => Buffer.from(body));
    return redis.evalsha(sha, keys.length, ...keys, bodies.length / streams.length, ...args);
  };
}

async function timeRuns(
  count: number,
  call: Append,
  commits: readonly (readonly Uint8Array[])[],
): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const stream = randomUUID();
    const began = performance.now();
    for (const bodies of commits) await call([stream], bodies);
    times.push(performance.now() - began);
  }
  return times;
}

async function timeGroups(
  { store }: Site,
  groups: number,
  call: Append,
  commits: readonly (readonly Uint8Array[])[],
): Promise<Sample> {
  const cpuBefore = await redisCpuSeconds(store.redis);
  const began = performance.now();
  await inFlight(groups, 4, async () => {
    const streams = Array.from({ length: group }, () => randomUUID());
    for (const bodies of commits)
      await call(
        streams,
        streams.flatMap(() => bodies),
      );
  });
  const tasks = groups * group * tasksPerRun;
  return {
    "tasks, 100 in flight": tasks / ((performance.now() - began) / 1_000),
    "cpu redis": ((await redisCpuSeconds(store.redis)) - cpuBefore) / (tasks / 1_000),
  };
}

async function timePing({ store }: Site): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < 2_000; index += 1) {
    const began = performance.now();
    await store.redis.ping();
    times.push((performance.now() - began) * 1_000);
  }
  return quantile(times, 0.5);
}
