import { DBOS } from "@dbos-inc/dbos-sdk";
import { epochMs } from "../suite/batch.ts";
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

const waitSeconds = 3_600; // longer than the bench lasts

/** Waits for its signal, or until it is due; gives when it went on. */
export const waiting = DBOS.registerWorkflow(
  async (dueAt) => {
    if (dueAt === null) await DBOS.recv("go", waitSeconds);
    else await DBOS.sleepms(Math.max(0, dueAt - Date.now()));
    return epochMs();
  },
  { name: "waiting" },
);

export async function launch(systemDatabaseUrl) {
  DBOS.setConfig({ name: "bench", systemDatabaseUrl, logLevel: "error", runAdminServer: false });
  await DBOS.launch();
}
