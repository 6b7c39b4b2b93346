import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client, Connection } from "@temporalio/client";
import { freePort } from "../../test/support/redis-server.ts";
import { runBatch } from "../suite/batch.ts";
import { NotAvailable } from "../suite/words.ts";
import { startWorker } from "../suite/worker-child.ts";
import { notWritten, versionOf } from "./peer.mjs";
import { bytesOf, newFolder, removeFolder, startServer } from "./server.mjs";

const binary = fileURLToPath(new URL("./bin/temporal-server", import.meta.url));
const file = fileURLToPath(new URL("./temporal-worker.mjs", import.meta.url));

/** Temporal: a server that dispatches workflow tasks and activities to workers; its development server on SQLite. */
export const engine = {
  pace: { longRun: 300 },
  open: async () => {
    if (!existsSync(binary))
      throw new NotAvailable("its server is not built (node bench/peers/install.mjs, which needs Go)");
    const folder = newFolder("temporal");
    const address = `127.0.0.1:${await freePort()}`;
    const server = await startServer({
      command: binary,
      args: [address.split(":")[1], join(folder, "temporal.db")],
      cwd: folder,
      isReady: async () => {
        const connection = await Connection.connect({ address });
        await connection.workflowService.describeNamespace({ namespace: "default" });
        await connection.close();
        return true;
      },
    });
    const worker = await startWorker({ file, args: [address] });
    const connection = await Connection.connect({ address });
    const client = new Client({ connection });
    return {
      about: {
        versions: { temporal: versionOf("@temporalio/client"), server: "1.32.0" },
        settings:
          "development server, SQLite file, WAL, synchronous full, one worker process with its defaults, a task is an activity",
        load: "in a process of its own",
      },
      storePids: [server.pid],
      runs: async (batch) =>
        runBatch(batch, async (plan) =>
          client.workflow.execute("compared", { taskQueue: "bench", workflowId: randomUUID(), args: [plan] }),
        ),
      storeBytes: async () => ({ data: bytesOf(folder), log: Number.NaN }),
      close: async () => {
        await worker.kill();
        await connection.close();
        await server.stop();
        removeFolder(folder);
      },
    };
  },
  cannot: () => ({
    ...notWritten("B5", "B8", "B9", "B10", "S"),
    B6: "an activity of a dead worker begins again when its start-to-close timeout ends: what the author chose",
  }),
};
