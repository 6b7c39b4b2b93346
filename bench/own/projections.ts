import { currentSet } from "../../src/workers/projection-set.ts";
import { catchUp, rebuildProjections } from "../../src/workers/projections.ts";
import { ShardProjector } from "../../src/workers/shard-projector.ts";
import { tenSteps } from "./fixtures/flows.ts";
import { whileOpen } from "./keep-open.ts";
import { inFlight, type Sample, type Setup, type Workload } from "./measure.ts";
import { openSite, redisCpuSeconds, type Site, usedMemoryBytes } from "./site.ts";

export const projectionSpeed: Workload = {
  name: "projections",
  about: "Folding the events of runs of 10 tasks into documents, and storing these, in one process",
  figures: [
    { name: "follow", unit: "events/s", target: { atLeast: 20_000 } }, // from the feed
    { name: "rebuild", unit: "events/s", target: { atLeast: 1_000_000 / 60 } }, // from the streams of the runs
    { name: "Redis CPU", unit: "us/event", target: null }, // while following
    { name: "memory", unit: "B/run", target: { atMost: 1_024 } }, // documents and indexes of a finished run
  ],
  run,
};

const pieces = 3;
const runsOfPiece = 700; // their commits fit into the feed

async function run({ durability, isQuick }: Setup): Promise<Sample> {
  const site = await openSite(durability);
  try {
    return await whileOpen(async () => {
      await catchUp(site.store); // makes the first documents, of nothing
      const followed = { events: 0, ms: 0, cpuSeconds: 0, bytes: 0, runs: 0 };
      for (let piece = 0; piece < (isQuick ? 1 : pieces); piece += 1) await followOnce(site, followed);
      const startedAt = performance.now();
      await rebuildProjections(site.store, { onProgress: () => undefined });
      const rebuildMs = performance.now() - startedAt;
      return {
        follow: (followed.events / followed.ms) * 1_000,
        rebuild: (followed.events / rebuildMs) * 1_000,
        "Redis CPU": (followed.cpuSeconds * 1e6) / followed.events,
        memory: followed.bytes / followed.runs,
      };
    });
  } finally {
    await site.close();
  }
}

interface Followed {
  events: number;
  ms: number;
  cpuSeconds: number;
  bytes: number;
  runs: number;
}

async function followOnce({ store }: Site, followed: Followed): Promise<void> {
  const { redis, namespace } = store;
  await inFlight(runsOfPiece, 100, async (index) => {
    await tenSteps(index);
  });
  const projector = new ShardProjector({ redis, namespace, shard: 0, set: currentSet });
  const bytes = await usedMemoryBytes(redis);
  const cpuSeconds = await redisCpuSeconds(redis);
  const startedAt = performance.now();
  for (let step = await projector.advance(); step !== null; step = await projector.advance())
    followed.events += step.applied;
  followed.ms += performance.now() - startedAt;
  followed.cpuSeconds += (await redisCpuSeconds(redis)) - cpuSeconds;
  followed.bytes += (await usedMemoryBytes(redis)) - bytes;
  followed.runs += runsOfPiece;
}
