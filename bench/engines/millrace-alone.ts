import { Client } from "../../src/workers/client.ts";
import { quantile, type Sample, type Setup, type Workload } from "../own/measure.ts";
import { observing } from "../own/observing.ts";
import { recovery } from "../own/recovery.ts";
import { replay } from "../own/replay.ts";
import { openSite } from "../own/site.ts";
import { signals, sleeps } from "../own/waiting.ts";
import type { AloneWorkloads, Measured, OpenOptions } from "../suite/session.ts";
import { mixed } from "./millrace-mixed.ts";
import { scaling } from "./millrace-scaling.ts";

/** Workloads that need a shape of their own: a Redis and workers that they start, kill and end. */
export const alone: AloneWorkloads = {
  B5: wake,
  B6: async (options) => own(recovery, options, { p50: "p50", max: "p99" }),
  B8: async (options) =>
    own(replay, options, {
      "100 tasks": "100 tasks",
      "1000 tasks": "1000 tasks",
      "10000 tasks": "10000 tasks",
    }),
  B9: mixed,
  B10: async (options) => own(observing, options, { cost: "cost", alone: "alone", observed: "observed" }),
  S: scaling,
};

const setupOf = ({ isQuick }: OpenOptions): Setup => ({ durability: "everysec", isQuick });

/** A workload of Millrace alone, under the names of the suite: `names` gives the one over there for each here. */
async function own(
  workload: Workload,
  options: OpenOptions,
  names: Readonly<Record<string, string>>,
): Promise<Measured> {
  const sample = await workload.run(setupOf(options));
  const figures = Object.entries(names).map(([here, there]) => [here, sample[there] ?? Number.NaN] as const);
  return { figures: Object.fromEntries(figures), n: 1 };
}

async function wake(options: OpenOptions): Promise<Measured> {
  const { durability, isQuick } = setupOf(options);
  const site = await openSite(durability);
  const client = new Client(site.store);
  try {
    const scene = { site, client, isQuick };
    const sample: Sample = { ...(await signals(scene)), ...(await sleeps(scene)) };
    const figures = ["signal p50", "signal p99", "sleeps late p50"].map(
      (name) => [name, sample[name]] as const,
    );
    return {
      figures: Object.fromEntries(figures.map(([name, value]) => [name, value ?? quantile([], 0)])),
      n: 1,
    };
  } finally {
    await client.close();
    await site.close();
  }
}
