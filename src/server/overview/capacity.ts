import { removeLimit, setLimit, viewLimits } from "../../workers/limit-list.ts";
import { pausedQueues, setQueuePaused } from "../../workers/pause-queue.ts";
import { listQueues } from "../../workers/queue-depths.ts";
import { listWorkers } from "../../workers/worker-list.ts";
import type { Answerer } from "../ask.ts";
import type { Capacity } from "../contract/overview.ts";

export const answerCapacity: Answerer<"capacity"> = async ({ client }) => {
  const [rows, cards, limitRows, paused] = await Promise.all([
    listQueues(client),
    listWorkers(client),
    viewLimits(client),
    pausedQueues(client),
  ]);
  const queues = rows.map(({ queue, waiting, active, delayed, oldestWaitingMs, workers, flows }) => {
    const isPaused = paused.has(queue);
    return { queue, waiting, active, delayed, oldestWaitingMs, isPaused, workers, flows };
  });
  const workers = cards.map(
    ({ id, host, pid, startedAt, isAlive, leaseMs, isLocal, queues: own, flows, runs }) => ({
      id,
      host,
      pid,
      startedAt,
      isAlive,
      leaseMs,
      isLocal,
      queues: own,
      flows,
      runs,
    }),
  );
  const limits = limitRows.map(({ key, ...row }) => {
    const { kind, slots, decay, perMs, isSet, held, waiting } = row;
    return { name: key, kind, slots, decay, perMs, isSet, held, waiting };
  });
  return { sentence: explain({ queues, workers, limits }), queues, workers, limits };
};

/** Why it is not faster: the first thing that stands in the way. */
function explain({ queues, workers, limits }: Omit<Capacity, "sentence">): string {
  const live = workers.filter(({ isAlive, isLocal }) => isAlive && !isLocal);
  const waiting = queues.filter((queue) => queue.waiting > 0);
  const paused = waiting.find(({ isPaused }) => isPaused);
  if (paused !== undefined) return `Queue ${paused.queue} is paused, and ${paused.waiting} wait in it.`;
  const unserved = waiting.find((queue) => queue.workers === 0);
  if (unserved !== undefined)
    return `No worker serves queue ${unserved.queue}, and ${unserved.waiting} wait in it.`;
  const full = limits.find((limit) => limit.waiting > 0);
  if (full !== undefined) {
    const size = full.slots === null ? "" : ` of ${full.slots}`;
    return `Limit ${full.name} is full: ${full.held}${size} slots are taken, and ${full.waiting} wait for one.`;
  }
  const [longest] = waiting.toSorted((one, other) => other.waiting - one.waiting);
  if (longest !== undefined)
    return `${longest.waiting} wait in queue ${longest.queue}, which ${longest.workers} workers serve; ${longest.active} are at work.`;
  return live.length === 0 ? "No worker is there, and nothing waits for one." : "Nothing waits.";
}

export const answerSetLimit: Answerer<"setLimit"> = async ({ params, body, client }) => {
  await setLimit(client, { key: params.name, slots: body.slots, decay: body.decay ?? null });
  return { ok: true };
};

export const answerRemoveLimit: Answerer<"removeLimit"> = async ({ params, client }) => {
  await removeLimit(client, params.name);
  return { removed: true };
};

export const answerPauseQueue: Answerer<"pauseQueue"> = async ({ params, client }) => {
  await setQueuePaused(client, params.queue, true);
  return { ok: true };
};

export const answerResumeQueue: Answerer<"resumeQueue"> = async ({ params, client }) => {
  await setQueuePaused(client, params.queue, false);
  return { ok: true };
};
