import { tellReady } from "../suite/worker-side.ts";
import { connectOpenWorkflow } from "./openworkflow-flows.mjs";

/* A process with a worker for each namespace. Arguments: the URL of the database, then namespaces. */
const [url, ...words] = process.argv.slice(2);
const named = words.filter((word) => !word.startsWith("--"));
for (const namespace of named.length === 0 ? [undefined] : named) {
  const { client } = await connectOpenWorkflow(url, namespace);
  await client.newWorker({ concurrency: 100 }).start();
}
tellReady();
