import { DBOS } from "@dbos-inc/dbos-sdk";
import { workStep } from "../suite/worker-side.ts";

const step = async (plan, index) => DBOS.runStep(async () => workStep(plan, index), { name: "step" });

export const compared = DBOS.registerWorkflow(
  async (plan) => {
    if (plan.shape === "fan") {
      const all = await Promise.all(
        Array.from({ length: plan.tasks }, async (_, index) => step(plan, index)),
      );
      return all.map(({ at }) => at);
    }
    const stamps = [];
    for (let index = 0; index < plan.tasks; index += 1) stamps.push((await step(plan, index)).at);
    return stamps;
  },
  { name: "compared" },
);

export async function launch(systemDatabaseUrl) {
  DBOS.setConfig({ name: "bench", systemDatabaseUrl, logLevel: "error", runAdminServer: false });
  await DBOS.launch();
}
