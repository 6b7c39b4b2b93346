import { tellReady } from "../suite/worker-side.ts";
import { connectAbsurd } from "./absurd-flows.mjs";

/* A process with a worker for each queue. Arguments: the URL of the database, the claim's timeout in seconds, queues. */
const [url, claimTimeout, ...queues] = process.argv.slice(2);
for (const queue of queues)
  await connectAbsurd(url, queue).app.startWorker({ concurrency: 100, claimTimeout: Number(claimTimeout) });
tellReady();
