import { Absurd } from "absurd-sdk";
import { Pool } from "pg";
import { workStep } from "../suite/worker-side.ts";

const silent = { log() {}, info() {}, warn() {}, error: console.error };

/** A client of the engine; the same definition serves its worker. */
export function connectAbsurd(url) {
  const pool = new Pool({ connectionString: url, max: 20 });
  pool.on("error", () => undefined); // the server ends before the pool does
  const app = new Absurd({ db: pool, log: silent });
  app.registerTask({ name: "compared" }, async (plan, ctx) => {
    const stamps = [];
    for (let index = 0; index < plan.tasks; index += 1)
      stamps.push((await ctx.step(`step-${index}`, async () => workStep(plan, index))).at);
    return stamps;
  });
  return { app, pool };
}
