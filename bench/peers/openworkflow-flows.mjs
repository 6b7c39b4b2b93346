import { OpenWorkflow } from "openworkflow";
import { BackendPostgres } from "openworkflow/postgres";
import { workStep } from "../suite/worker-side.ts";

/** A client of the engine; the same definition serves its worker. */
export async function connectOpenWorkflow(url) {
  const backend = await BackendPostgres.connect(url);
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
  return { backend, client, compared };
}
