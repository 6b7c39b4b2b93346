import { afterEach, expect, test } from "vitest";
import { shardOf } from "../../src/base/ids.ts";
import { mergeRunMetrics } from "../../src/projections/merge-run-metrics.ts";
import { runMetrics } from "../../src/projections/run-metrics.ts";
import { systemKeys } from "../../src/redis/keys.ts";
import { readAllDocuments } from "../../src/redis/read-view.ts";
import { readBuilds } from "../../src/redis/view-builds.ts";
import { readRunDocuments } from "../../src/redis/view-store.ts";
import { currentSet } from "../../src/workers/projection-set.ts";
import { catchUp } from "../../src/workers/projections.ts";
import { verifyProjections } from "../../src/workers/verify-projections.ts";
import { cutConnections } from "../support/chaos-faults.ts";
import { programInputs } from "../support/chaos-programs.ts";
import { type ChaosScene, openScene, until } from "../support/chaos-scene.ts";
import { type Child, startChild } from "../support/chaos-workers.ts";

let scene: ChaosScene;
const children: Child[] = [];
afterEach(async () => {
  await Promise.all(children.splice(0).map(async (child) => child.kill()));
  await scene.end();
});

function startProjector(): Child {
  const child = startChild("projector", [], scene.env);
  children.push(child);
  return child;
}

/** Waits until a projector has stored `count` more times. */
async function untilStores(child: Child, count: number): Promise<void> {
  const wanted = stores(child) + count;
  await until(30_000, async () => {
    const isIdle = stores(child) < wanted && (await scene.openRuns()).length > 0;
    if (isIdle) throw new Error(`The projector has stored ${stores(child)} times.\n${child.errors()}`);
  });
}

function stores({ lines }: Child): number {
  return lines.filter((line) => line.includes('"stored"')).length;
}

/** Events by type, as the streams of the runs have them. */
async function eventsInLog(runs: readonly string[]): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const run of runs)
    for (const { type } of await scene.events(run)) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}

/** Events by type, as Prometheus is told. */
async function eventsInMetrics(): Promise<Readonly<Record<string, number>>> {
  const { redis, namespace } = scene.client.store;
  const shards = await readAllDocuments(redis, namespace, currentSet.signature, runMetrics);
  const counts: Record<string, number> = {};
  for (const { events } of mergeRunMetrics(shards.values()).values())
    for (const [type, count] of events) counts[type] = (counts[type] ?? 0) + count;
  return counts;
}

/** What must hold at the end: the documents are the fold of the log, and every run is in them to its last event. */
async function checkDocuments(runs: readonly string[]): Promise<void> {
  const { store } = scene.client;
  const { redis, namespace } = store;
  await redis.del(systemKeys(namespace.name).projector);
  await catchUp(store);
  expect(await verifyProjections(store, { onProgress: () => undefined })).toBeNull();
  for (const run of runs) {
    const shard = shardOf(run, namespace.shards);
    const { live } = await readBuilds(redis, namespace, shard, currentSet.signature);
    const [bytes] = await readRunDocuments(redis, { namespace, shard, build: live ?? "" }, [run]);
    expect(bytes, run).toBeInstanceOf(Buffer);
  }
  expect(await eventsInMetrics()).toEqual(await eventsInLog(runs));
}

test("projectors that are killed again and again count each event once", async () => {
  scene = await openScene({ shards: 2 });
  await scene.worker();
  const runs: string[] = [];
  let victim = startProjector();

  for (let round = 0; round < 8; round += 1) {
    const heir = startProjector();
    runs.push(...(await scene.startMany("chaos_program", programInputs(100 + round, 12))));
    await untilStores(victim, 1 + (round % 3));
    await victim.kill();
    await scene.client.store.redis.del(systemKeys(scene.client.store.namespace.name).projector);
    if (round % 3 === 1) await cutConnections(scene);
    victim = heir;
  }
  await scene.untilAllEnded(60_000);

  await checkDocuments(runs);
});

test("documents and checkpoints survive the crash of Redis together", async () => {
  scene = await openScene({ shards: 2, appendfsync: "always" });
  await scene.worker();
  const projector = startProjector();
  const runs: string[] = [];

  for (let round = 0; round < 3; round += 1) {
    runs.push(...(await scene.startMany("chaos_program", programInputs(200 + round, 12))));
    await untilStores(projector, 2);
    await scene.server.kill();
    await scene.server.restart();
  }
  await scene.untilAllEnded(90_000);

  await checkDocuments(runs);
});
