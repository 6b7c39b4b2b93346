import { fileURLToPath } from "node:url";
import { NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { tellReady, workStep } from "../suite/worker-side.ts";

/* Argument: the address of the server. */
const [address] = process.argv.slice(2);
const silent = { trace() {}, debug() {}, info() {}, warn() {}, log() {}, error: console.error };
Runtime.install({ logger: silent });
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  taskQueue: "bench",
  workflowsPath: fileURLToPath(new URL("./temporal-workflows.mjs", import.meta.url)),
  activities: { step: workStep },
});
const ran = worker.run();
tellReady();
await ran;
