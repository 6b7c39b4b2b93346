import { EngineError } from "../base/errors.ts";
import { groupBy } from "../base/group-by.ts";
import type { Client } from "./client.ts";
import { listLanes, type OpenLane } from "./queue-depths.ts";
import { Queues } from "./queues.ts";

/**
 * Lets no worker take runs or tasks from a queue, or lets them again. What is under way goes on, and nothing is lost: work
 * lines up. Holds for the flows that the queue has seen so far.
 * @throws EngineError QUEUE_UNKNOWN
 */
export async function setQueuePaused(client: Client, queue: string, isPaused: boolean): Promise<void> {
  await withLanes(client, async (queues, all) => {
    const lanes = all.filter((lane) => lane.queue === queue);
    if (lanes.length === 0)
      throw new EngineError(
        "QUEUE_UNKNOWN",
        `Nothing was ever sent to a queue "${queue}", and no worker serves it.`,
        {
          queue,
        },
      );
    await Promise.all(lanes.map(async ({ lane, flow }) => queues.setPaused({ lane, queue, flow }, isPaused)));
  });
}

/** Names of the queues from which nothing is taken. */
export async function pausedQueues(client: Client): Promise<ReadonlySet<string>> {
  return withLanes(client, async (queues, all) => {
    const names = [...groupBy(all, ({ queue }) => queue)].map(async ([queue, lanes]) => {
      const paused = await Promise.all(
        lanes.map(async ({ lane, flow }) => queues.isPaused({ lane, queue, flow })),
      );
      return paused.every(Boolean) ? [queue] : [];
    });
    return new Set((await Promise.all(names)).flat());
  });
}

async function withLanes<T>(
  client: Client,
  work: (queues: Queues, lanes: readonly OpenLane[]) => Promise<T>,
): Promise<T> {
  const { redis, address, namespace } = client.store;
  const queues = new Queues(redis, address, namespace.name);
  try {
    return await work(queues, await listLanes(client));
  } finally {
    await queues.close();
  }
}
