import { Client } from "../../src/workers/client.ts";
import type { Sample, Setup, Workload } from "../own/measure.ts";
import { observing } from "../own/observing.ts";
import { recovery } from "../own/recovery.ts";
import { replay } from "../own/replay.ts";
import { openSite } from "../own/site.ts";
import { signals, sleeps } from "../own/waiting.ts";
import type { AloneWorkloads, Figures, Measured, OpenOptions } from "../suite/session.ts";
import { mixed } from "./millrace-mixed.ts";
import { scaling } from "./millrace-scaling.ts";

/** Workloads that need a shape of their own: a Redis and workers that they start, kill and end. */
export const alone: AloneWorkloads = {
  B5: described("one worker process", wake),
  B6: described("a worker killed four times, two when quick; another one lives", async (options) =>
    own(recovery, options, { p50: "p50", max: "p99" }, options.isQuick ? 10 : 20),
  ),
  B8: described("one process, a history that is not in its memory", async (options) =>
    own(replay, options, toThemselves("100 tasks", "1000 tasks", "10000 tasks"), 3),
  ),
  B9: described("one worker process for both tenants, one for what is parked", mixed),
  B10: described(
    "one process, 100 runs of 10 tasks in flight, a projector in another process",
    async (options) => own(observing, options, toThemselves("cost", "alone", "observed"), 1),
  ),
  S: described("TCP on 127.0.0.1, 16 shards, 200 runs of 10 tasks in flight from a client", scaling),
};

/** A workload that says how it was set up. */
function described(
  settings: string,
  measure: (options: OpenOptions) => Promise<Measured>,
): (options: OpenOptions) => Promise<Measured> {
  return async (options) => ({ ...(await measure(options)), settings: `appendfsync everysec, ${settings}` });
}

const setupOf = ({ isQuick }: OpenOptions): Setup => ({ durability: "everysec", isQuick });

/** The name of a figure over there, for each name here. */
type Names = Readonly<Record<string, string>>;

const toThemselves = (...names: readonly string[]): Names =>
  Object.fromEntries(names.map((name) => [name, name]));

/** A workload of Millrace alone, under the names of the suite. */
async function own(workload: Workload, options: OpenOptions, names: Names, n: number): Promise<Measured> {
  return { figures: renamed(await workload.run(setupOf(options)), names), n };
}

function renamed(sample: Sample, names: Names): Figures {
  const known = Object.entries(names).flatMap(([here, there]) => {
    const value = sample[there];
    return value === undefined ? [] : [[here, value] as const];
  });
  return Object.fromEntries(known);
}

async function wake(options: OpenOptions): Promise<Measured> {
  const { durability, isQuick } = setupOf(options);
  const site = await openSite(durability);
  const client = new Client(site.store);
  try {
    const scene = { site, client, isQuick };
    const { median } = await sleeps(scene, (index) => index);
    const sample: Sample = { ...(await signals(scene)), "sleeps late p50": median };
    const names = toThemselves("signal p50", "signal p99", "sleeps late p50");
    return { figures: renamed(sample, names), n: isQuick ? 50 : 200 };
  } finally {
    await client.close();
    await site.close();
  }
}
