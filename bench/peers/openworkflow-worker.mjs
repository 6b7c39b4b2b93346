import { tellReady } from "../suite/worker-side.ts";
import { connectOpenWorkflow } from "./openworkflow-flows.mjs";

const { client } = await connectOpenWorkflow(process.argv[2]);
await client.newWorker({ concurrency: 100 }).start();
tellReady();
