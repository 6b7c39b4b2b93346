import { tellReady } from "../suite/worker-side.ts";
import { connectAbsurd } from "./absurd-flows.mjs";

const [url, claimTimeout] = process.argv.slice(2);
await connectAbsurd(url).app.startWorker({ concurrency: 100, claimTimeout: Number(claimTimeout) });
tellReady();
