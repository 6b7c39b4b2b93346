import { fileURLToPath } from "node:url";
import { sharing, waking } from "../suite/alone.ts";
import { runBatch } from "../suite/batch.ts";
import { startPostgres } from "../suite/postgres.ts";
import { oneByOne } from "../suite/tenants.ts";
import { measureRecovery, startWorker } from "../suite/worker-child.ts";
import { connectOpenWorkflow } from "./openworkflow-flows.mjs";
import { notWritten, versionOf } from "./peer.mjs";

const file = fileURLToPath(new URL("./openworkflow-worker.mjs", import.meta.url));

/** openworkflow: workers poll PostgreSQL; the client's `result()` polls it each second. */
export const engine = {
  pace: { longRun: 500 },
  open,
  alone: () => ({ B5: waking(open), B6: recovery, B9: sharing(openNamespaces) }),
  cannot: () => notWritten("B8", "B10", "S"),
};

async function open() {
  const { postgres, url } = await openDatabase();
  const connected = await connectOpenWorkflow(url);
  const worker = await startWorker({ file, args: [url] });
  return {
    about: {
      versions: { openworkflow: versionOf("openworkflow"), postgres: postgres.version },
      settings: `${postgres.settings}, one worker process, concurrency 100, \`run()\` and \`result()\``,
      load: "in a process of its own",
    },
    storePids: [postgres.pid],
    runs: runsOf(connected),
    waiters: waitersOf(connected),
    storeBytes: postgres.bytes,
    close: async () => {
      await worker.kill();
      await connected.backend.stop();
      await postgres.stop();
    },
  };
}

async function openDatabase() {
  const postgres = await startPostgres();
  return { postgres, url: await postgres.createDatabase("openworkflow") };
}

const runsOf =
  ({ compared }) =>
  async (batch) =>
    runBatch(batch, async (plan) => (await compared.run(plan)).result());

function waitersOf({ client, waiting }) {
  const handles = new Map();
  const start = async (name, dueAt) => {
    const handle = await waiting.run({ name, dueAt });
    handles.set(name, handle);
    return handle;
  };
  return {
    park: async (name) => start(name, null),
    signal: async (name) => {
      const { workflowRunIds } = await client.sendSignal({ signal: name });
      if (workflowRunIds.length === 0) throw new Error(`Nobody waits for ${name}.`); // it is dropped then
    },
    doze: start,
    wentOn: async (name) => handles.get(name).result(),
  };
}

/** It has no queues: each tenant has a namespace, and one process has a worker for each of both. */
async function openNamespaces() {
  const { postgres, url } = await openDatabase();
  const tenants = [];
  for (const name of ["quiet", "noisy", "parked"]) tenants.push(await connectOpenWorkflow(url, name));
  const [quiet, noisy, parked] = tenants;
  const workers = [];
  for (const args of [
    [url, "quiet", "noisy"],
    [url, "parked"],
  ])
    workers.push(await startWorker({ file, args }));
  return {
    about: {
      settings: `${postgres.settings}, a namespace for each tenant, one worker process for both, one for what is parked`,
    },
    tenants: {
      quiet: runsOf(quiet),
      noisy: runsOf(noisy),
      park: oneByOne(waitersOf(parked).park, async ({ workflowRun: { id } }) => {
        const { startedAt, workerId } = await parked.backend.getWorkflowRun({ workflowRunId: id });
        return startedAt !== null && workerId === null;
      }),
    },
    close: async () => {
      for (const worker of workers) await worker.kill();
      for (const { backend } of tenants) await backend.stop();
      await postgres.stop();
    },
  };
}

async function recovery() {
  const { postgres, url } = await openDatabase();
  const { backend, compared } = await connectOpenWorkflow(url);
  const measured = await measureRecovery({
    runs: 10,
    start: async (word) => startWorker({ file, args: [url, word] }),
    begin: async () => (await compared.run({ shape: "sequence", tasks: 3, bytes: 0, seed: 1 })).result(),
    takesOver: "alive",
  });
  await backend.stop();
  await postgres.stop();
  return measured;
}
