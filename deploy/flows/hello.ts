import { hostname } from "node:os";
import { flow, isMain, task } from "millrace";
import { z } from "zod";

const greet = task("greet", { retries: 3, retryDelay: "2s" }, async (name: string) => {
  // So that the dashboards have something to show: one attempt in five fails.
  if (Math.random() < 0.2) throw new Error("no answer");
  return `Hello ${name} from ${hostname()}`;
});

/** Each name is greeted by whichever worker takes it. */
export const hello = flow(
  "hello",
  { input: z.object({ names: z.array(z.string()).default(["Ada", "Grace", "Margaret"]) }) },
  async ({ names }) => greet.map(names).result(),
);

if (isMain(import.meta)) console.log(await hello({}));
