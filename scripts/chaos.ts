/**
 * Everything that can go wrong, for a while: `npx tsx scripts/chaos.ts [--minutes 10] [--seed 1] [--runs 2000]`. Random
 * programs run on real workers and a real Redis of their own, while workers are killed, paused and stopped, connections
 * are cut, Redis is restarted and hints are deleted. At the end every history is checked; exits with 1 when one is wrong.
 */
import { parseArgs } from "node:util";
import { systemClock } from "../src/workers/clock.ts";
import { checkScene } from "../test/support/chaos-check.ts";
import { Nemesis } from "../test/support/chaos-faults.ts";
import { programInputs } from "../test/support/chaos-programs.ts";
import { startProxy } from "../test/support/chaos-proxy.ts";
import { openScene } from "../test/support/chaos-scene.ts";
import { SimRandom } from "../test/support/sim-random.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    runs: { type: "string", default: "2000" },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
const runs = Number(values.runs);
const openAtOnce = 80;

const random = new SimRandom(seed);
const scene = await openScene({ appendfsync: random.pick(["everysec", "always"]) });
const proxy = await startProxy(scene.server.port, { random, minBytes: 5_000, maxBytes: 200_000 });
const nemesis = new Nemesis(scene, random);

try {
  await nemesis.open(proxy);
  await play();
  proxy.heal();
  nemesis.heal();
  await scene.untilAllEnded(120_000);
  const findings = await checkScene(scene, { mayBeLate: ({ pid }) => nemesis.isZombie(pid) });
  console.log(
    JSON.stringify({ seed, cuts: proxy.cuts(), ...Object.fromEntries(nemesis.counts), ...findings }, null, 2),
  );
  console.log("Nothing was lost.");
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`Seed ${seed} failed.`);
  process.exitCode = 1;
} finally {
  proxy.close();
  await scene.end();
}

/** Keeps many runs open, and breaks something every second or so, until the time is over or all runs are started. */
async function play(): Promise<void> {
  const inputs = [...programInputs(seed, runs)];
  const startedAt = Date.now();
  while (inputs.length > 0 && Date.now() - startedAt < minutes * 60_000) {
    const open = (await scene.openRuns()).length;
    await scene.startMany("chaos_program", inputs.splice(0, Math.max(0, openAtOnce - open)));
    await pause(random.between(100, 1_500));
    const fault = await nemesis.strike();
    const passed = ((Date.now() - startedAt) / 1_000).toFixed(1);
    console.log(`${passed} s: ${fault}; ${runs - inputs.length} runs started, ${open} were open`);
  }
}

async function pause(ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    systemClock.after(ms, resolve);
  });
}
