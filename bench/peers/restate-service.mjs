import * as restate from "@restatedev/restate-sdk";
import { epochMs } from "../suite/batch.ts";
import { tellReady, workStep } from "../suite/worker-side.ts";

/* The service that Restate calls. Argument: its port on 127.0.0.1. */
const [port] = process.argv.slice(2);

const compared = restate.service({
  name: "compared",
  handlers: {
    run: async (ctx, plan) => {
      const once = (index) => ctx.run(`step-${index}`, async () => workStep(plan, index));
      if (plan.shape === "fan") {
        const all = await restate.RestatePromise.all(
          Array.from({ length: plan.tasks }, (_, index) => once(index)),
        );
        return all.map(({ at }) => at);
      }
      const stamps = [];
      for (let index = 0; index < plan.tasks; index += 1) stamps.push((await once(index)).at);
      return stamps;
    },
  },
});

/** Waits for its signal, or until it is due; gives when it went on. */
const waiting = restate.workflow({
  name: "waiting",
  handlers: {
    run: async (ctx, dueAt) => {
      if (dueAt === null) await ctx.promise("go");
      else await ctx.sleep(Math.max(0, dueAt - (await ctx.date.now())));
      return epochMs();
    },
    go: async (ctx) => ctx.promise("go").resolve("go"),
  },
});

process.env.RESTATE_LOGGING = "ERROR";
await restate.serve({ services: [compared, waiting], port: Number(port) });
tellReady();
