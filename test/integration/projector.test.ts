import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { shardOf } from "../../src/base/ids.ts";
import type { Projection } from "../../src/projections/define.ts";
import { projection } from "../../src/projections/define.ts";
import { readFeedHead } from "../../src/redis/feed.ts";
import { runKey, shardKeys } from "../../src/redis/keys.ts";
import { readBuilds, removeOutdated } from "../../src/redis/view-builds.ts";
import { readAside, readDocuments } from "../../src/redis/view-store.ts";
import { type ProjectionSet, toSet } from "../../src/workers/projection-set.ts";
import {
  catchUp,
  foldedPosition,
  rebuildProjections,
  retryAside,
  whenProcessed,
} from "../../src/workers/projections.ts";
import { Projector } from "../../src/workers/projector.ts";
import { verifyProjections } from "../../src/workers/verify-projections.ts";
import { type OpenRedisLog, openRedisLog } from "../support/log-suite-redis.ts";
import { historyOf, writeRun } from "../support/random-runs.ts";
import { SimRandom } from "../support/sim-random.ts";
import { waitUntil } from "../support/wait-until.ts";

interface Tally {
  events: number;
  runs: number;
}

const tally: Projection<Tally> = projection<Tally>()({
  name: "tally",
  version: 1,
  about: "Counts.",
  events: ["RunCreated", "TaskScheduled", "TaskCompleted", "RunCompleted", "TurnTaken"],
  idOf: ({ run }) => run.flow,
  initial: () => ({ events: 0, runs: 0 }),
  when: {
    RunCreated: (doc) => {
      doc.events += 1;
      doc.runs += 1;
    },
    TaskScheduled: count,
    TaskCompleted: count,
    RunCompleted: count,
    TurnTaken: count,
  },
});

function count(doc: Tally): void {
  doc.events += 1;
}

const set = toSet([tally]);
const patience = { timeoutMs: 15_000 };
const silent = { onProgress: () => undefined, set };

let opened: OpenRedisLog;
const projectors: Projector[] = [];
beforeEach(async () => {
  opened = await openRedisLog(inject("redisUrl"), 2);
});
afterEach(async () => {
  await Promise.all(projectors.splice(0).map(async (projector) => projector.stop()));
  await opened.close();
});

function project(wanted: ProjectionSet = set): Projector {
  const { redis, address, namespace } = opened;
  const worker = randomUUID();
  const projector = new Projector({
    redis,
    address,
    namespace,
    worker,
    set: wanted,
    onTrouble: () => undefined,
  });
  projectors.push(projector);
  projector.start();
  return projector;
}

async function writeRuns(seed: number, amount: number): Promise<readonly string[]> {
  const random = new SimRandom(seed);
  const histories = Array.from({ length: amount }, () => historyOf(random));
  return Promise.all(histories.map(async (history) => writeRun(opened.log, history)));
}

/** All documents, as text: shard, id, bytes. */
async function allDocuments(): Promise<readonly string[]> {
  const { redis, namespace } = opened;
  const lists = await Promise.all(
    Array.from({ length: namespace.shards }, async (_, shard) => {
      const { live } = await readBuilds(redis, namespace, shard, set.signature);
      const documents = await readDocuments(redis, { namespace, shard, build: live ?? "" }, "tally");
      return [...documents].map(([id, bytes]) => `${shard} ${id} ${bytes.toString("hex")}`);
    }),
  );
  return lists.flat().toSorted();
}

async function untilFolded(): Promise<void> {
  const { redis, namespace } = opened;
  await waitUntil(async () => {
    for (let shard = 0; shard < namespace.shards; shard += 1) {
      const { live } = await readBuilds(redis, namespace, shard, set.signature);
      if (live === null) throw new Error("no documents yet");
      const head = await readFeedHead(redis, namespace, shard);
      const mark = await redis.hget(`mr:{${namespace.name}:${shard}}:view:${live}:meta`, "feed");
      if (head.count > 0 && mark !== head.id) throw new Error(`at ${mark} of ${head.id}`);
    }
  }, patience);
}

describe("a projector", () => {
  test("folds what was there and what comes, each event once", async () => {
    await writeRuns(1, 20);
    project();
    await writeRuns(2, 40);
    await untilFolded();

    expect(await verifyProjections(opened, silent)).toBeNull();
    expect((await allDocuments()).length).toBeGreaterThan(3);
  });

  test("and its rival count each event once, too", async () => {
    const rivals = [project(), project(), project()];
    const office = `mr:{${opened.namespace.name}:sys}:projector`;
    const taker = setInterval(() => void opened.redis.del(office), 20); // everybody is elected
    await writeRuns(3, 100);
    await untilFolded().finally(() => clearInterval(taker));

    expect(rivals.length).toBe(3);
    expect(await verifyProjections(opened, silent)).toBeNull();
  });

  test("finds what was cut from the feed in the streams of the runs", async () => {
    const runs = await writeRuns(4, 30);
    const { redis, namespace } = opened;
    await redis.xtrim(shardKeys(namespace, 0).feed, "MAXLEN", 3);
    await redis.xtrim(shardKeys(namespace, 1).feed, "MAXLEN", 0);

    project();
    await untilFolded();

    expect(await verifyProjections(opened, silent)).toBeNull();
    for (const run of runs)
      expect(await foldedPosition(opened, run, set)).toBe(await redis.xlen(runKey(namespace, run)));
  });

  test("sets a run aside whose event it cannot read, and folds it once it can", async () => {
    const [poison = ""] = await writeRuns(5, 1);
    const { redis, namespace } = opened;
    const shard = shardOf(poison, namespace.shards);
    const feed = shardKeys(namespace, shard).feed;
    const key = runKey(namespace, poison);
    const entries = await redis.xrangeBuffer(key, "-", "+");
    const good = entries[1]![1][1]!;
    await replaceEntry(key, 1, Buffer.from("no event"));
    await redis.del(feed);
    await writeRuns(6, 5);

    await catchUp(opened, set);
    const { live } = await readBuilds(redis, namespace, shard, set.signature);
    const aside = await readAside(redis, { namespace, shard, build: live ?? "" });
    expect(aside).toMatchObject([{ run: poison, position: 2, code: "EVENT_UNREADABLE" }]);
    expect(await foldedPosition(opened, poison, set)).toBe(1);
    expect(await retryAside(opened, set)).toEqual([]);

    await replaceEntry(key, 1, good);
    expect(await retryAside(opened, set)).toEqual([poison]);
    expect(await foldedPosition(opened, poison, set)).toBe(entries.length);
    expect(await readAside(redis, { namespace, shard, build: live ?? "" })).toEqual([]);
    expect(await verifyProjections(opened, silent)).toBeNull();
  });

  test("sets a run aside at which a projection throws, and leaves no half of it behind", async () => {
    const runs = await writeRuns(7, 10);
    const broken = { ...tally, apply: throwingFor(runs[3] ?? "") };
    await catchUp(opened, { ...set, projections: [broken] });

    const positions = await Promise.all(runs.map(async (run) => foldedPosition(opened, run, set)));
    expect(positions.filter((position) => position === 0)).toHaveLength(1);
    expect(await verifyProjections(opened, silent)).toBeNull();
    expect(await retryAside(opened, set)).toEqual([runs[3]]);
    expect(await verifyProjections(opened, silent)).toBeNull();
  });
});

function throwingFor(run: string): Projection<Tally>["apply"] {
  return (doc, change) => {
    tally.apply(doc, change);
    if (change.event.run === run && change.event.type === "TurnTaken") throw new Error("a bug in a fold");
  };
}

/** Puts other bytes in the place of an entry of a stream. */
async function replaceEntry(key: string, index: number, body: Buffer): Promise<void> {
  const { redis } = opened;
  const entries = await redis.xrangeBuffer(key, "-", "+");
  await redis.del(key);
  for (const [at, [id, fields]] of entries.entries())
    await redis.xadd(key, id, ...(at === index ? ["e", body] : fields));
}

describe("documents", () => {
  test("can be waited for by whoever recorded something", async () => {
    project();
    await untilFolded();
    const [run = ""] = await writeRuns(8, 1);
    const position = await opened.redis.xlen(runKey(opened.namespace, run));

    expect(await whenProcessed(opened, { run, position, timeoutMs: 5_000 }, set)).toBe(true);
    expect(await whenProcessed(opened, { run, position: position + 1, timeoutMs: 60 }, set)).toBe(false);
  });

  test("can be waited for although nobody projects", async () => {
    await catchUp(opened, set);
    const [run = ""] = await writeRuns(9, 1);

    expect(await whenProcessed(opened, { run, position: 1, timeoutMs: 5_000 }, set)).toBe(true);
  });

  test("are the same bytes after a rebuild beside live traffic", async () => {
    project();
    await writeRuns(10, 40);
    const traffic = writeRuns(11, 150);
    const seen: number[] = [];
    await rebuildProjections(opened, { set, onProgress: ({ runs }) => seen.push(runs) });
    await traffic;
    await untilFolded();

    expect(Math.max(...seen)).toBeGreaterThanOrEqual(40);
    expect(await verifyProjections(opened, silent)).toBeNull();
    const before = await allDocuments();
    await rebuildProjections(opened, silent);
    expect(await allDocuments()).toEqual(before);
    expect(await keysOfViews()).toBe(2); // one build a shard; the old ones are gone
  });

  test("of another release stay while it follows, and are removed when it has stopped", async () => {
    const other = toSet([{ ...tally, version: 2 }]);
    const [run = ""] = await writeRuns(13, 5);
    await catchUp(opened, set);
    await catchUp(opened, other);
    expect(await keysOfViews()).toBe(4);
    const { redis, namespace } = opened;
    const shard = shardOf(run, namespace.shards);
    const place = { namespace, shard, signature: set.signature };

    expect(await removeOutdated(redis, place, Date.now() - 60_000)).toBe(0);
    expect(await removeOutdated(redis, place, Date.now() + 60_000)).toBe(1);

    expect(await keysOfViews()).toBe(3);
    expect((await readBuilds(redis, namespace, shard, set.signature)).live).not.toBeNull();
    await catchUp(opened, other); // if it comes back, it begins anew
    expect(await keysOfViews()).toBe(4);
    expect(await verifyProjections(opened, { ...silent, set: other })).toBeNull();
  });

  test("that are wrong are found by name", async () => {
    await writeRuns(12, 20);
    await catchUp(opened, set);
    const { redis, namespace } = opened;
    const shard = (await readDocuments0(0)) > 0 ? 0 : 1;
    const { live } = await readBuilds(redis, namespace, shard, set.signature);
    const key = `mr:{${namespace.name}:${shard}}:view:${live}:d:tally`;
    const [id = ""] = (await redis.hkeys(key)).toSorted();
    const [other = ""] = (await redis.hkeys(key)).toSorted().slice(1);
    await redis.hset(key, id, (await redis.hgetBuffer(key, other)) ?? "");

    const difference = await verifyProjections(opened, silent);

    expect(difference).toMatchObject({ shard, projection: "tally", id });
    expect(difference?.stored).not.toEqual(difference?.expected);
  });
});

async function readDocuments0(shard: number): Promise<number> {
  const { redis, namespace } = opened;
  const { live } = await readBuilds(redis, namespace, shard, set.signature);
  return redis.hlen(`mr:{${namespace.name}:${shard}}:view:${live}:d:tally`);
}

async function keysOfViews(): Promise<number> {
  return (await opened.redis.keys(`mr:{${opened.namespace.name}:*:view:*:meta`)).length;
}
