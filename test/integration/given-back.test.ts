import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import { RunBlocked } from "../../src/events/run-events.ts";
import { TaskCompleted } from "../../src/events/task-events.ts";
import { taskContext } from "../../src/sdk/context.ts";
import { AttemptRecords } from "../../src/workers/attempt-records.ts";
import { systemClock } from "../../src/workers/clock.ts";
import { flow, task } from "../../src/workers/define.ts";
import { findRun } from "../../src/workers/find-run.ts";
import { defaultLimits, type TaskHint } from "../../src/workers/run-ports.ts";
import { unblockRun } from "../../src/workers/unblock-run.ts";
import { waitUntil } from "../support/wait-until.ts";
import { WorkerScene } from "../support/worker-scene.ts";

let calls: number[] = []; // the attempt of each
const patient = task("given_back_task", { retries: 1 }, async () => {
  const { attempt, signal } = taskContext();
  calls.push(attempt);
  if (calls.length > 1) return "elsewhere";
  return new Promise<string>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
});
const giving = flow("given_back", async () => patient.submit().result());

let open: (value: string) => void = () => undefined;
const gated = task("gated_task", { retries: 1 }, async () => {
  const { signal } = taskContext();
  return new Promise<string>((resolve, reject) => {
    open = resolve;
    signal.addEventListener("abort", () => reject(signal.reason));
  });
});
const blocking = flow("given_back_blocking", async () => gated.submit().result());
const far = task("given_back_far", { queue: "given_back_nobody" }, async () => 1);
const unserved = flow("given_back_unserved", async () => far.submit().result());

interface Kind {
  readonly isQueued: boolean;
}
const odd = task("odd_result", async () => ({
  get total(): number {
    throw new RangeError("no total");
  },
}));
const oddResult = flow("given_back_odd", async ({ isQueued }: Kind) => {
  try {
    return await (isQueued ? odd.submit().result() : odd());
  } catch (error) {
    return String(error);
  }
});

let scene: WorkerScene;
beforeEach(async () => {
  calls = [];
  scene = await WorkerScene.open();
});
afterEach(async () => scene.end());

/** The hint of its first attempt. */
function hintOf(
  { run, position, data }: RecordedEvent<"TaskScheduled">,
  lane: Pick<TaskHint, "flow" | "queue">,
): TaskHint {
  return { ...lane, run, task: data.name, key: data.key, position, attempt: 1, delayMs: 0, crashes: 0 };
}

test("an attempt that is given back begins in a worker that was offered it before, while another one had it", async () => {
  const names = [giving.spec.name];
  const leaving = await scene.worker(names, { concurrency: 1, releaseMs: 10 });
  const run = await scene.start(giving.spec.name);
  const hint = hintOf(await scene.event(run, "TaskScheduled"), { flow: giving.spec.name, queue: "default" });
  await waitUntil(async () => expect(calls).toEqual([1]), { timeoutMs: 20_000 });
  const next = await scene.worker(names);
  const { queues } = next.host;

  // As after a claim of the run: the job that brought it has another id, and there is no place in the worker that has it.
  await queues.hintTasksBack([hint]);
  await waitUntil(
    async () =>
      expect(await queues.depth("tasks", hint.queue, hint.flow)).toMatchObject({ waiting: 0, active: 1 }),
    { timeoutMs: 20_000 },
  );
  expect(calls).toEqual([1]); // it was refused
  expect(await leaving.stop()).toBe(true);

  expect(await scene.result(run)).toBe("elsewhere");
  expect(calls).toEqual([1, 1]);
});

test("an attempt goes on while its run is blocked, and the run with its result once it is unblocked", async () => {
  const { log, store } = scene.client;
  const limits = { ...defaultLimits, parkAfterMs: 20 };
  await scene.worker([blocking.spec.name], { limits });
  const run = await scene.start(blocking.spec.name);
  await scene.event(run, "TaskStarted");
  const claimed = await waitUntil(
    async () => {
      const answer = await log.claim(run, "x", { instead: null });
      expect(answer.status).toBe("ok"); // it is parked
      return answer;
    },
    { timeoutMs: 20_000 },
  );
  const data = { code: "E_DIFFERENT_CALL", message: "other", turn: 1, codeHash: "c" } as const;
  await log.commit({
    run,
    actor: "worker:x",
    owner: claimed.owner,
    batch: 1,
    seen: claimed.events.at(-1)?.position ?? 0,
    events: [RunBlocked.make(data)],
    after: "block",
    dueInMs: null,
  });
  for (let turn = 0; turn < 20; turn += 1) await store.redis.ping(); // it has been told to the worker
  await unblockRun(scene.client, await findRun(store, run), "mended");
  open("done");

  expect(await scene.result(run)).toBe("done");
});

test("an attempt that was begun here is this worker's until it has ended, also when it is begun once more", async () => {
  const { host } = await scene.worker([unserved.spec.name]);
  const stop = new AbortController().signal;
  const records = new AttemptRecords(host, { clock: systemClock, stop, onTrouble: () => undefined });
  const run = await scene.start(unserved.spec.name);
  const lane = { flow: unserved.spec.name, queue: "given_back_nobody" };
  const hint = hintOf(await scene.event(run, "TaskScheduled"), lane);

  expect(await records.isOurs(await records.begin(hint), hint)).toBe(true);
  expect(await records.isOurs(await records.begin(hint), hint)).toBe(true); // the reply was lost
  const event = TaskCompleted.make({ key: hint.key, attempt: 1, output: new Uint8Array([1]) });
  await records.end(hint, { event, retryInMs: null });

  const again = await records.begin(hint);
  expect(again.status).toBe("again");
  expect(await records.isOurs(again, hint)).toBe(false);
});

describe.each<Kind>([{ isQueued: true }, { isQueued: false }])("a task (queued: $isQueued)", (kind) => {
  test("whose result throws when it is read has failed with that", async () => {
    await scene.worker([oddResult.spec.name]);

    const run = await scene.start(oddResult.spec.name, kind);

    expect(await scene.result(run)).toBe("RangeError: no total");
  });
});
