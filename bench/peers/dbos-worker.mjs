import { DBOS } from "@dbos-inc/dbos-sdk";
import { tellReady } from "../suite/worker-side.ts";
import { compared, launch } from "./dbos-flows.mjs";

/* A process that owns workflows. Arguments: the URL of the database, how many to start. */
const [url, count] = process.argv.slice(2);
await launch(url);
tellReady();
const plan = { shape: "sequence", tasks: 3, bytes: 0, seed: 1 };
for (let index = 0; index < Number(count); index += 1) await DBOS.startWorkflow(compared)(plan);
