import { flow, signal, task } from "millrace";
import { stepResult } from "../suite/batch.ts";
import type { Plan } from "../suite/session.ts";

const step = task("compared_step", async (plan: Plan) => stepResult(plan));
const queuedStep = task("compared_queued_step", { queue: "bench-tasks" }, async (plan: Plan) =>
  stepResult(plan),
);

/** What all engines run: tasks in the process that holds the run. */
export const compared = flow("compared", async (plan: Plan) => {
  if (plan.shape === "fan")
    return (await Promise.all(Array.from({ length: plan.tasks }, async () => step(plan)))).map(
      ({ at }) => at,
    );
  const stamps: number[] = [];
  for (let index = 0; index < plan.tasks; index += 1) stamps.push((await step(plan)).at);
  return stamps;
});

/** The same, each task on a queue, where a worker elsewhere takes it. */
export const comparedQueued = flow("compared_queued", async (plan: Plan) => {
  if (plan.shape === "fan") {
    const plans = Array.from({ length: plan.tasks }, () => plan);
    return (await queuedStep.map(plans).result()).map(({ at }) => at);
  }
  const stamps: number[] = [];
  for (let index = 0; index < plan.tasks; index += 1)
    stamps.push((await queuedStep.submit(plan).result()).at);
  return stamps;
});

const never = signal("never");

/** A run that is parked for as long as the bench looks. */
export const comparedParked = flow("compared_parked", async (_name: string) => {
  await never.receive();
});
