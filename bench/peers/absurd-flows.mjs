import { Absurd } from "absurd-sdk";
import { Pool } from "pg";
import { epochMs } from "../suite/batch.ts";
import { workStep } from "../suite/worker-side.ts";

const silent = { log() {}, info() {}, warn() {}, error: console.error };

/** A client of a queue; the same definitions serve its worker. */
export function connectAbsurd(url, queueName = "default") {
  const pool = new Pool({ connectionString: url, max: 20 });
  pool.on("error", () => undefined); // the server ends before the pool does
  const app = new Absurd({ db: pool, queueName, log: silent });
  app.registerTask({ name: "compared" }, async (plan, ctx) => {
    const stamps = [];
    for (let index = 0; index < plan.tasks; index += 1)
      stamps.push((await ctx.step(`step-${index}`, async () => workStep(plan, index))).at);
    return stamps;
  });
  /** Waits for its event, or until it is due; gives when it went on. */
  app.registerTask({ name: "waiting" }, async ({ name, dueAt }, ctx) => {
    if (dueAt === null) await ctx.awaitEvent(name);
    else await ctx.sleepUntil("due", new Date(dueAt));
    return epochMs();
  });
  return { app, pool };
}
