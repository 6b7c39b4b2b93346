import { fileURLToPath } from "node:url";
import { DBOS } from "@dbos-inc/dbos-sdk";
import { meeting, waking } from "../suite/alone.ts";
import { runBatch } from "../suite/batch.ts";
import { startPostgres } from "../suite/postgres.ts";
import { measureRecovery, startWorker } from "../suite/worker-child.ts";
import { compared, launch, waiting } from "./dbos-flows.mjs";
import { notWritten, versionOf } from "./peer.mjs";

/** DBOS: a library; `await workflow()` runs in the caller's process, each step is a row of PostgreSQL. */
export const engine = {
  open,
  alone: () => ({
    B5: waking(open),
    B6: recovery,
    B9: meeting(open),
  }),
  cannot: () => notWritten("B8", "B10", "S"),
};

async function open() {
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
    waiters: waiters(),
    storeBytes: postgres.bytes,
    close: async () => {
      await DBOS.shutdown();
      await postgres.stop();
    },
  };
}

/** Workflows of this process that wait for a message of another one, or sleep. */
function waiters() {
  const handles = new Map();
  const start = async (name, dueAt) =>
    handles.set(name, await DBOS.startWorkflow(waiting, { workflowID: name })(dueAt));
  return {
    park: async (name) => start(name, null),
    signal: async (name) => DBOS.send(name, "go", "go"),
    doze: start,
    wentOn: async (name) => handles.get(name).getResult(),
  };
}

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
