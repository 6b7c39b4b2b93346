import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runBatch } from "../suite/batch.ts";
import { startPostgres } from "../suite/postgres.ts";
import { NotAvailable } from "../suite/words.ts";
import { startWorker } from "../suite/worker-child.ts";
import { connectAbsurd } from "./absurd-flows.mjs";
import { notWritten, versionOf } from "./peer.mjs";

const file = fileURLToPath(new URL("./absurd-worker.mjs", import.meta.url));
const control = fileURLToPath(new URL("./.venv/bin/absurdctl", import.meta.url));
const claimTimeoutSeconds = 120; // its default

/** absurd: tasks and checkpoints in PostgreSQL by stored procedures; workers and clients poll. */
export const engine = {
  open: async () => {
    const { postgres, url } = await openDatabase();
    const { app, pool } = connectAbsurd(url);
    const worker = await startWorker({ file, args: [url, String(claimTimeoutSeconds)] });
    return {
      about: {
        versions: { absurd: versionOf("absurd-sdk"), postgres: postgres.version },
        settings: `${postgres.settings}, one worker process, concurrency 100, polls each 250 ms`,
        load: "in a process of its own",
      },
      storePids: [postgres.pid],
      runs: async (batch) => runBatch(batch, async (plan) => call(app, plan)),
      storeBytes: postgres.bytes,
      close: async () => {
        await worker.kill();
        await pool.end();
        await postgres.stop();
      },
    };
  },
  cannot: () => ({
    ...notWritten("B5", "B8", "B9", "B10", "S"),
    B3: "steps of a task are one after the other",
    B6: `a dead worker's task is free when its claim ends: ${claimTimeoutSeconds} s by default`,
  }),
};

async function call(app, plan) {
  const { taskID } = await app.spawn("compared", plan);
  const ended = await app.awaitTaskResult(taskID, { timeout: 60 });
  if (ended.state !== "completed") throw new Error(`The task is ${ended.state}.`);
  return ended.result;
}

async function openDatabase() {
  if (!existsSync(control))
    throw new NotAvailable("absurdctl is not installed (node bench/peers/install.mjs)");
  const postgres = await startPostgres();
  const url = await postgres.createDatabase("absurd");
  for (const args of [["init"], ["create-queue", "default"]]) {
    const { status, stderr } = spawnSync(control, args, {
      encoding: "utf8",
      env: { ...process.env, ABSURD_DATABASE_URL: url },
    });
    if (status !== 0) throw new Error(`absurdctl ${args[0]} failed: ${stderr}`);
  }
  return { postgres, url };
}
