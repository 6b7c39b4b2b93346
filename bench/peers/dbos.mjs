import { fileURLToPath } from "node:url";
import { DBOS } from "@dbos-inc/dbos-sdk";
import { runBatch } from "../suite/batch.ts";
import { startPostgres } from "../suite/postgres.ts";
import { measureRecovery, startWorker } from "../suite/worker-child.ts";
import { compared, launch } from "./dbos-flows.mjs";
import { notWritten, versionOf } from "./peer.mjs";

/** DBOS: a library; `await workflow()` runs in the caller's process, each step is a row of PostgreSQL. */
export const engine = {
  open: async () => {
    const postgres = await startPostgres();
    await launch(await postgres.createDatabase("dbos"));
    return {
      about: {
        versions: { dbos: versionOf("@dbos-inc/dbos-sdk"), postgres: postgres.version },
        settings: `${postgres.settings}, one process, \`await workflow()\``,
        load: "in the engine's process",
      },
      storePids: [postgres.pid],
      runs: async (batch) => runBatch(batch, compared),
      storeBytes: postgres.bytes,
      close: async () => {
        await DBOS.shutdown();
        await postgres.stop();
      },
    };
  },
  alone: () => ({ B6: recovery }),
  cannot: () => notWritten("B5", "B8", "B9", "B10", "S"),
};

/** Without its paid service, a workflow is recovered by a process that starts under the dead one's name. */
async function recovery() {
  const runs = 10;
  const postgres = await startPostgres();
  const url = await postgres.createDatabase("dbos");
  const file = fileURLToPath(new URL("./dbos-worker.mjs", import.meta.url));
  const measured = await measureRecovery({
    runs,
    start: async (word) => startWorker({ file, args: [url, word === "--hold" ? String(runs) : "0", word] }),
    begin: async () => undefined, // the process begins its own
    takesOver: "restarted",
  });
  await postgres.stop();
  return measured;
}
