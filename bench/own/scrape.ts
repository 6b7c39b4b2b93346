import { createProcessMetrics } from "../../src/observe/process-metrics.ts";
import { packDocument } from "../../src/projections/document.ts";
import { durationEdgesMs, waitEdgesMs } from "../../src/projections/metric-buckets.ts";
import { runMetrics } from "../../src/projections/run-metrics.ts";
import { newRunMetrics, type RunMetrics } from "../../src/projections/run-metrics-document.ts";
import { tallyIn } from "../../src/projections/tally.ts";
import type { Namespace } from "../../src/redis/keys.ts";
import { openNamespace } from "../../src/redis/open-namespace.ts";
import { beginBuild, switchTo } from "../../src/redis/view-builds.ts";
import { storeView } from "../../src/redis/view-store.ts";
import { Exporter } from "../../src/workers/exporter.ts";
import { redisSource } from "../../src/workers/metric-source.ts";
import { currentSet } from "../../src/workers/projection-set.ts";
import { Queues } from "../../src/workers/queues.ts";
import type { Store } from "../../src/workers/settings.ts";
import { quantile, type Sample, type Setup, type Workload } from "./measure.ts";
import { openSite } from "./site.ts";

const flows = 50;
const tasksOfFlow = 10;
const shards = 16;
const scrapes = 20;

export const scrape: Workload = {
  name: "scrape",
  about: "metrics of 50 flows with 10 tasks each, in 16 shards: what a scrape and a reading of Redis take",
  figures: [
    { name: "text p95", unit: "ms", target: { atMost: 50 } },
    { name: "OpenMetrics p95", unit: "ms", target: { atMost: 50 } },
    { name: "reading", unit: "ms", target: null }, // in the background, at most a tenth of the time
    { name: "reading again", unit: "ms", target: null }, // nothing was stored since
    { name: "series", unit: "lines", target: null },
    { name: "size", unit: "KiB", target: null },
  ],
  run,
};

async function run({ durability }: Setup): Promise<Sample> {
  const site = await openSite(durability);
  try {
    return await measure(site.store);
  } finally {
    await site.close();
  }
}

async function measure({ redis, address }: Store): Promise<Sample> {
  const namespace = await openNamespace(redis, "scrape", shards);
  for (let shard = 0; shard < shards; shard += 1) await fill(redis, namespace, shard);
  const queues = new Queues(redis, address, namespace.name);
  const metrics = createProcessMetrics({ version: "bench", component: "exporter", slots: null });
  const source = redisSource({ redis, namespace }, queues);
  const onTrouble = (error: unknown): void => console.error(error);
  const exporter = new Exporter({ namespace: namespace.name, source, metrics, onTrouble });
  try {
    const [reading = Number.NaN, ...again] = await times(5, async () => exporter.refresh());
    const text = await times(scrapes, async () => exporter.expose(null));
    const openText = await times(scrapes, async () => exporter.expose("application/openmetrics-text"));
    const { body } = await exporter.expose(null);
    return {
      "text p95": quantile(text, 0.95),
      "OpenMetrics p95": quantile(openText, 0.95),
      reading,
      "reading again": quantile(again, 0.5),
      series: body.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length,
      size: body.length / 1024,
    };
  } finally {
    await queues.close();
  }
}

async function times(count: number, once: () => Promise<unknown>): Promise<readonly number[]> {
  const all: number[] = [];
  for (let round = 0; round < count; round += 1) {
    const began = performance.now();
    await once();
    all.push(performance.now() - began);
  }
  return all;
}

/** Documents as a projector would have stored them. */
async function fill(redis: Store["redis"], namespace: Namespace, shard: number): Promise<void> {
  const { signature } = currentSet;
  const build = await beginBuild(redis, { namespace, shard, build: "bench" }, signature);
  const place = { namespace, shard, build };
  const documents = documentsOf(shard).map((document, index) => ({
    projection: runMetrics.name,
    id: String(index),
    bytes: packDocument(document),
  }));
  const changes = { runs: [], documents };
  await storeView(redis, place, { seq: 0, batch: "bench", mark: null, changes, aside: [], healed: [] });
  await switchTo(redis, place, signature);
}

function documentsOf(shard: number): readonly RunMetrics[] {
  const all: RunMetrics[] = [];
  for (let flow = 0; flow < flows; flow += 1) {
    const name = { flow: `flow_number_${flow}`, firstSeen: 1_700_000_000_000 + flow };
    const startDelay: number[] = [];
    tallyIn(startDelay, waitEdgesMs, 40);
    all.push({ ...newRunMetrics(), ...name, started: new Map([["client", shard]]), startDelay });
    for (let task = 0; task < tasksOfFlow; task += 1) {
      const taskDuration: number[] = [];
      tallyIn(taskDuration, durationEdgesMs, 70 * (task + 1));
      const attempts = new Map([["ok", shard + 1]]);
      const queues = new Map([["default", 1]]);
      all.push({ ...newRunMetrics(), ...name, task: `task_number_${task}`, attempts, taskDuration, queues });
    }
  }
  return all;
}
