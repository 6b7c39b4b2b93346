import { fileURLToPath } from "node:url";
import { runBatch } from "../suite/batch.ts";
import { startPostgres } from "../suite/postgres.ts";
import { measureRecovery, startWorker } from "../suite/worker-child.ts";
import { connectOpenWorkflow } from "./openworkflow-flows.mjs";
import { notWritten, versionOf } from "./peer.mjs";

const file = fileURLToPath(new URL("./openworkflow-worker.mjs", import.meta.url));

/** openworkflow: workers poll PostgreSQL; the client's `result()` polls it each second. */
export const engine = {
  pace: { longRun: 500 },
  open: async () => {
    const postgres = await startPostgres();
    const url = await postgres.createDatabase("openworkflow");
    const { backend, compared } = await connectOpenWorkflow(url);
    const worker = await startWorker({ file, args: [url] });
    return {
      about: {
        versions: { openworkflow: versionOf("openworkflow"), postgres: postgres.version },
        settings: `${postgres.settings}, one worker process, concurrency 100, \`run()\` and \`result()\``,
        load: "in a process of its own",
      },
      storePids: [postgres.pid],
      runs: async (batch) => runBatch(batch, async (plan) => (await compared.run(plan)).result()),
      storeBytes: postgres.bytes,
      close: async () => {
        await worker.kill();
        await backend.stop();
        await postgres.stop();
      },
    };
  },
  alone: () => ({ B6: recovery }),
  cannot: () => notWritten("B5", "B8", "B9", "B10", "S"),
};

async function recovery() {
  const postgres = await startPostgres();
  const url = await postgres.createDatabase("openworkflow");
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
