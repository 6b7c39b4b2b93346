import { randomUUID } from "node:crypto";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import { RunBlocked, RunCancelRequested } from "../../src/events/run-events.ts";
import { TurnTaken } from "../../src/events/turn-events.ts";
import type { RunInfo } from "../../src/sdk/context.ts";
import { Client } from "../../src/workers/client.ts";
import { connect } from "../../src/workers/connect-client.ts";
import { Host } from "../../src/workers/host.ts";
import { openStore, type Settings, settingsFromEnvironment } from "../../src/workers/settings.ts";
import { defaultWorkerOptions, Worker } from "../../src/workers/worker.ts";
import { created, newRunId } from "./log-suite-events.ts";

export type ClientScene = Awaited<ReturnType<typeof openClientScene>>;

interface Closing {
  close(): Promise<void>;
}

/** A namespace of its own with clients of users, a look at its log, and workers in this process. */
export async function openClientScene(url: string, shards = 4) {
  const namespace = `client-${randomUUID().slice(0, 8)}`;
  const settings: Settings = { ...settingsFromEnvironment(), redisUrl: url, namespace, shards };
  const look = new Client(await openStore(settings));
  const opened: Closing[] = [];

  return {
    namespace,
    settings,
    look,
    /** As much of a cancellation as a client does that dies right after its request. */
    requestCancel: async (run: string, reason: string): Promise<void> => {
      const events = [RunCancelRequested.make({ reason })];
      const fact = { run, actor: "client:gone", events, dedupeKey: "cancel", seen: -1, attempt: null };
      await look.log.append({ ...fact, wakeInMs: 0, unblock: false });
    },
    begun: async (after: "keep" | "park" | "block") => begunRun(look, after),
    /** What happened in a run, oldest first. */
    types: async (run: string): Promise<readonly string[]> =>
      (await look.events(run)).map(({ type }) => type),
    connect: async () => {
      const client = await connect({ url, namespace });
      opened.push(client);
      return client;
    },
    /** A worker of these flows that gives up what it has at `close`. */
    worker: async (...flows: readonly string[]) => {
      const worker = await openWorker(settings, flows);
      opened.push(worker);
      return worker;
    },
    end: async (): Promise<void> => {
      for (const each of opened.toReversed()) await each.close();
      await look.close();
    },
  };
}

const turn = TurnTaken.make({
  n: 1,
  epoch: 1,
  elapsedMs: 0,
  codeHash: "c",
  flags: [],
  delivered: [],
  done: false,
});
const blocked = RunBlocked.make({ code: "E_DIFFERENT_CALL", message: "other", turn: 1, codeHash: "c" });

/** A run of the flow "orders" that "w1" has begun and left in one of these ways; no worker serves it. */
async function begunRun({ log }: Client, after: "keep" | "park" | "block"): Promise<string> {
  const run = newRunId();
  const owner = { worker: "w1", epoch: 1 };
  await log.create({ run, actor: "x", events: [created(run)], owner, ends: false, dueInMs: null });
  const events = after === "block" ? [turn, blocked] : [turn];
  await log.commit({ run, actor: "worker:w1", owner, batch: 2, seen: 1, events, after, dueInMs: null });
  return run;
}

async function openWorker(settings: Settings, flows: readonly string[]) {
  const store = await openStore(settings);
  const { redis, address, namespace } = store;
  const seen: RecordedEvent[] = [];
  const troubles: unknown[] = [];
  const host = new Host({
    redis,
    address,
    namespace,
    payloadLimitBytes: settings.payloadLimitBytes,
    queues: ["default"],
    flows,
    isLocal: false,
    display: {
      observe: (_run: RunInfo, events: readonly RecordedEvent[]) => seen.push(...events),
      write: () => undefined,
      note: () => undefined,
      trouble: (error) => troubles.push(error),
    },
  });
  const worker = new Worker(host, { ...defaultWorkerOptions, flows, queues: ["default"], graceMs: 1_000 });
  await host.open();
  await worker.start();
  let isClosed = false;
  return {
    host,
    troubles,
    close: async (): Promise<void> => {
      if (isClosed) return;
      isClosed = true;
      await worker.stop();
      await host.close();
      await store.close();
    },
  };
}
