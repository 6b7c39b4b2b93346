import { randomUUID } from "node:crypto";
import { newSummary } from "../../src/projections/run-summary.ts";
import { currentSet } from "../../src/workers/projection-set.ts";
import type { OpenStore } from "../../src/workers/projections.ts";
import { fillView, openBuilds } from "./fill-view.ts";

const states = [
  ["COMPLETED", "Completed"],
  ["FAILED", "Failed"],
  ["RUNNING", "Running"],
] as const;

/** Fills a namespace with runs to list, one a second, "run-0" the newest: documents only, without histories. */
export async function fillRuns({ redis, namespace }: OpenStore, count: number): Promise<void> {
  const view = { redis, namespace, signature: currentSet.signature };
  await openBuilds(view);
  const now = Date.now();
  for (let at = 0; at < count; at += 1_000) {
    const runs = Array.from({ length: Math.min(1_000, count - at) }, (_, place) => {
      const index = at + place;
      const [state, stateName] = states[index % 3] ?? states[0];
      const known = { flow: "many", name: `run-${index}`, queue: "default", position: 3 };
      const createdAt = now - index * 1_000;
      return { ...newSummary(randomUUID().replaceAll("-", "")), ...known, state, stateName, createdAt };
    });
    await fillView(view, null, runs);
  }
}
