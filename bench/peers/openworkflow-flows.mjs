import { OpenWorkflow } from "openworkflow";
import { BackendPostgres } from "openworkflow/postgres";
import { epochMs } from "../suite/batch.ts";
import { workStep } from "../suite/worker-side.ts";

/** A client of the engine; the same definitions serve its worker. A namespace has runs and workers of its own. */
export async function connectOpenWorkflow(url, namespaceId = "default") {
  const backend = await BackendPostgres.connect(url, { namespaceId });
  const client = new OpenWorkflow({ backend });
  const compared = client.defineWorkflow({ name: "compared" }, async ({ input: plan, step }) => {
    const once = async (index) => step.run({ name: `step-${index}` }, async () => workStep(plan, index));
    if (plan.shape === "fan") {
      const all = await Promise.all(Array.from({ length: plan.tasks }, async (_, index) => once(index)));
      return all.map(({ at }) => at);
    }
    const stamps = [];
    for (let index = 0; index < plan.tasks; index += 1) stamps.push((await once(index)).at);
    return stamps;
  });
  /** Waits for its signal, or until it is due; gives when it went on. */
  const waiting = client.defineWorkflow({ name: "waiting" }, async ({ input: { name, dueAt }, step }) => {
    if (dueAt === null)
      await step.waitForSignal({ signal: name, timeout: "1h" }); // longer than the bench lasts
    else await step.sleep("due", `${Math.max(0, dueAt - Date.now())}ms`);
    return epochMs();
  });
  return { backend, client, compared, waiting };
}
