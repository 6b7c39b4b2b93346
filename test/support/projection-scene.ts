import { randomUUID } from "node:crypto";
import { type Projection, projection } from "../../src/projections/define.ts";
import { readFeedHead } from "../../src/redis/feed.ts";
import { viewKeys } from "../../src/redis/keys.ts";
import { readBuilds } from "../../src/redis/view-builds.ts";
import { readDocuments } from "../../src/redis/view-store.ts";
import { type ProjectionSet, toSet } from "../../src/workers/projection-set.ts";
import { Projector } from "../../src/workers/projector.ts";
import { type OpenRedisLog, openRedisLog } from "./log-suite-redis.ts";
import { historyOf, writeRun } from "./random-runs.ts";
import { SimRandom } from "./sim-random.ts";
import { waitUntil } from "./wait-until.ts";

export interface Tally {
  events: number;
  runs: number;
}

const count = (doc: Tally): void => {
  doc.events += 1;
};

/** A projection that is easy to check: events and runs of each flow. */
export const tally: Projection<Tally> = projection<Tally>()({
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

export const tallySet: ProjectionSet = toSet([tally]);
export const silent = { onProgress: () => undefined, set: tallySet };

/** A namespace of two shards, with the projectors of a test. */
export class ProjectionScene {
  readonly opened: OpenRedisLog;
  readonly #projectors: Projector[] = [];

  constructor(opened: OpenRedisLog) {
    this.opened = opened;
  }

  project(set: ProjectionSet = tallySet): Projector {
    const { redis, address, namespace } = this.opened;
    const worker = randomUUID();
    const projector = new Projector({ redis, address, namespace, worker, set, onTrouble: () => undefined });
    this.#projectors.push(projector);
    projector.start();
    return projector;
  }

  async writeRuns(seed: number, amount: number): Promise<readonly string[]> {
    const random = new SimRandom(seed);
    const histories = Array.from({ length: amount }, () => historyOf(random));
    return Promise.all(histories.map(async (history) => writeRun(this.opened.log, history)));
  }

  /** All documents, as text: shard, id, bytes. */
  async allDocuments(): Promise<readonly string[]> {
    const { redis, namespace } = this.opened;
    const lists = await Promise.all(
      Array.from({ length: namespace.shards }, async (_, shard) => {
        const build = await this.liveBuild(shard);
        const documents = await readDocuments(redis, { namespace, shard, build }, "tally");
        return [...documents].map(([id, bytes]) => `${shard} ${id} ${bytes.toString("hex")}`);
      }),
    );
    return lists.flat().toSorted();
  }

  /** The build in use; "" = none. */
  async liveBuild(shard: number): Promise<string> {
    const { redis, namespace } = this.opened;
    return (await readBuilds(redis, namespace, shard, tallySet.signature)).live ?? "";
  }

  /** Waits until the documents go as far as the feeds do. */
  async untilFolded(): Promise<void> {
    const { redis, namespace } = this.opened;
    const check = async (): Promise<void> => {
      for (let shard = 0; shard < namespace.shards; shard += 1) {
        const build = await this.liveBuild(shard);
        if (build === "") throw new Error("no documents yet");
        const head = await readFeedHead(redis, namespace, shard);
        const mark = await redis.hget(viewKeys(namespace, shard, build).meta, "feed");
        if (head.count > 0 && mark !== head.id) throw new Error(`at ${mark} of ${head.id}`);
      }
    };
    await waitUntil(check, { timeoutMs: 15_000 });
  }

  /** How many builds there are, over all shards. */
  async buildCount(): Promise<number> {
    const { redis, namespace } = this.opened;
    return (await redis.keys(`mr:{${namespace.name}:*:view:*:meta`)).length;
  }

  async close(): Promise<void> {
    await Promise.all(this.#projectors.map(async (projector) => projector.stop()));
    await this.opened.close();
  }
}

export async function openProjectionScene(redisUrl: string): Promise<ProjectionScene> {
  return new ProjectionScene(await openRedisLog(redisUrl, 2));
}
