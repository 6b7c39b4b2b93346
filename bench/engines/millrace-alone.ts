import type { Sample, Setup, Workload } from "../own/measure.ts";
import { observing } from "../own/observing.ts";
import { recovery } from "../own/recovery.ts";
import { replay } from "../own/replay.ts";
import { openWaiting } from "../own/waiting.ts";
import { sharing, waking } from "../suite/alone.ts";
import type { AloneWorkloads, Figures, Measured, OpenOptions } from "../suite/session.ts";
import { openMixed } from "./millrace-mixed.ts";
import { scaling } from "./millrace-scaling.ts";

/** Workloads that need a shape of their own: a Redis and workers that they start, kill and end. */
export const alone: AloneWorkloads = {
  B5: waking(async () => ({ ...(await openWaiting("everysec")), about: on("one worker process") })),
  B6: described("a worker killed four times, two when quick; another one lives", async (options) =>
    own(recovery, options, { p50: "p50", max: "p99" }, options.isQuick ? 10 : 20),
  ),
  B8: described("one process, a history that is not in its memory", async (options) =>
    own(replay, options, toThemselves("100 tasks", "1000 tasks", "10000 tasks"), 3),
  ),
  B9: sharing(openMixed),
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
  return async (options) => ({ ...(await measure(options)), ...on(settings) });
}

function on(settings: string): { readonly settings: string } {
  return { settings: `appendfsync everysec, ${settings}` };
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
