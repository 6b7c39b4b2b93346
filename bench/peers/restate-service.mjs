import * as restate from "@restatedev/restate-sdk";
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

process.env.RESTATE_LOGGING = "ERROR";
await restate.serve({ services: [compared], port: Number(port) });
tellReady();
