import { proxyActivities } from "@temporalio/workflow";

const { step } = proxyActivities({ startToCloseTimeout: "1 minute" });

export async function compared(plan) {
  if (plan.shape === "fan") {
    const all = await Promise.all(Array.from({ length: plan.tasks }, async (_, index) => step(plan, index)));
    return all.map(({ at }) => at);
  }
  const stamps = [];
  for (let index = 0; index < plan.tasks; index += 1) stamps.push((await step(plan, index)).at);
  return stamps;
}
