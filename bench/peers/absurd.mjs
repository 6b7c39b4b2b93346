import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { sharing, waking } from "../suite/alone.ts";
import { runBatch } from "../suite/batch.ts";
import { startPostgres } from "../suite/postgres.ts";
import { oneByOne } from "../suite/tenants.ts";
import { NotAvailable } from "../suite/words.ts";
import { startWorker } from "../suite/worker-child.ts";
import { connectAbsurd } from "./absurd-flows.mjs";
import { notWritten, versionOf } from "./peer.mjs";

const file = fileURLToPath(new URL("./absurd-worker.mjs", import.meta.url));
const control = fileURLToPath(new URL("./.venv/bin/absurdctl", import.meta.url));
const claimTimeoutSeconds = 120; // its default

/** absurd: tasks and checkpoints in PostgreSQL by stored procedures; workers and clients poll. */
export const engine = {
  open,
  alone: () => ({ B5: waking(open), B9: sharing(openQueues) }),
  cannot: () => ({
    ...notWritten("B8", "B10", "S"),
    B3: "steps of a task are one after the other",
    B6: `a dead worker's task is free when its claim ends: ${claimTimeoutSeconds} s by default`,
  }),
};

const polls = "concurrency 100, polls each 250 ms";

async function open() {
  const { postgres, url } = await openDatabase("default");
  const { app, pool } = connectAbsurd(url);
  const worker = await startQueues(url, "default");
  return {
    about: {
      versions: { absurd: versionOf("absurd-sdk"), postgres: postgres.version },
      settings: `${postgres.settings}, one worker process, ${polls}`,
      load: "in a process of its own",
    },
    storePids: [postgres.pid],
    runs: runsOf(app),
    waiters: waitersOf(app),
    storeBytes: postgres.bytes,
    close: async () => {
      await worker.kill();
      await pool.end();
      await postgres.stop();
    },
  };
}

const startQueues = async (url, ...queues) =>
  startWorker({ file, args: [url, String(claimTimeoutSeconds), ...queues] });

const runsOf = (app) => async (batch) =>
  runBatch(batch, async (plan) => resultOf(app, (await app.spawn("compared", plan)).taskID));

async function resultOf(app, id) {
  const ended = await app.awaitTaskResult(id, { timeout: 60 });
  if (ended.state !== "completed") throw new Error(`The task is ${ended.state}.`);
  return ended.result;
}

function waitersOf(app) {
  const ids = new Map();
  const start = async (name, dueAt) => {
    const { taskID } = await app.spawn("waiting", { name, dueAt });
    ids.set(name, taskID);
    return taskID;
  };
  return {
    park: async (name) => start(name, null),
    signal: async (name) => app.emitEvent(name),
    doze: start,
    wentOn: async (name) => resultOf(app, ids.get(name)),
  };
}

/** A queue for each tenant; one process has a worker for each of both. */
async function openQueues() {
  const queues = ["quiet", "noisy", "parked"];
  const { postgres, url } = await openDatabase(...queues);
  const clients = queues.map((queue) => connectAbsurd(url, queue));
  const [quiet, noisy, parked] = clients.map(({ app }) => app);
  const workers = [await startQueues(url, "quiet", "noisy"), await startQueues(url, "parked")];
  return {
    about: {
      settings: `${postgres.settings}, a queue for each tenant, one worker process for both, one for what is parked, ${polls}`,
    },
    tenants: {
      quiet: runsOf(quiet),
      noisy: runsOf(noisy),
      park: oneByOne(
        waitersOf(parked).park,
        async (id) => (await parked.fetchTaskResult(id)).state === "sleeping",
      ),
    },
    close: async () => {
      for (const worker of workers) await worker.kill();
      for (const { pool } of clients) await pool.end();
      await postgres.stop();
    },
  };
}

async function openDatabase(...queues) {
  if (!existsSync(control))
    throw new NotAvailable("absurdctl is not installed (node bench/peers/install.mjs)");
  const postgres = await startPostgres();
  const url = await postgres.createDatabase("absurd");
  for (const args of [["init"], ...queues.map((queue) => ["create-queue", queue])]) {
    const { status, stderr } = spawnSync(control, args, {
      encoding: "utf8",
      env: { ...process.env, ABSURD_DATABASE_URL: url },
    });
    if (status !== 0) throw new Error(`absurdctl ${args[0]} failed: ${stderr}`);
  }
  return { postgres, url };
}
