import { openStore, settingsFromEnvironment } from "../../src/workers/settings.ts";
import { defaultWorkerOptions, Worker } from "../../src/workers/worker.ts";
import "../engines/millrace-flows.ts";
import { epochMs } from "../suite/batch.ts";
import { held, onHeld } from "./fixtures/flows.ts";
import { openHost } from "./open-host.ts";

/** What a worker process tells the bench that spawned it. */
export type WorkerWord =
  | { readonly word: "ready" }
  | { readonly word: "held"; readonly mark: string; readonly at: number }
  | { readonly word: "resident"; readonly bytes: number };

/*
 * A worker in a process of its own. Arguments: the flow that it serves, then its queues; "--hold" makes the task of
 * `held` go on for ever, so that this process can be killed in the middle of it; "--tasks=N" is how many queued tasks it
 * runs at a time. Ends with the bench, or at "stop".
 */
const [flow = held.spec.name, ...words] = process.argv.slice(2);
const queues = words.filter((word) => !word.startsWith("--"));
const tasks = words.find((word) => word.startsWith("--tasks="))?.slice("--tasks=".length);
const concurrency = tasks === undefined ? defaultWorkerOptions.concurrency : Number(tasks);
const isHolding = words.includes("--hold");

function tell(word: WorkerWord): void {
  process.send?.(word);
}

onHeld.begin = async (mark) => {
  tell({ word: "held", mark, at: epochMs() });
  if (isHolding) await new Promise<void>(() => undefined);
};

const store = await openStore(settingsFromEnvironment());
const host = await openHost({ store, flows: [flow], queues });
const worker = new Worker(host, { ...defaultWorkerOptions, concurrency, flows: [flow], queues });
await worker.start();

process.on("disconnect", () => process.exit(0));
process.on("message", (word) => {
  if (word === "resident") {
    globalThis.gc?.();
    return tell({ word: "resident", bytes: process.memoryUsage().rss });
  }
  void (async () => {
    await worker.stop();
    await host.close();
    await store.close();
    process.disconnect();
  })();
});
tell({ word: "ready" });
