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

const random = new SimRandom(seed);
const scene = await openScene({ appendfsync: random.pick(["everysec", "always"]) });
const proxy = await startProxy(scene.server.port, { random, minBytes: 20_000, maxBytes: 500_000 });
const nemesis = new Nemesis(scene, random);

try {
  await nemesis.open(proxy);
  await play();
  proxy.heal();
  nemesis.heal();
  await scene.untilAllEnded(120_000);
  const findings = await checkScene(scene, { mayBeLate: ({ pid }) => nemesis.isZombie(pid) });
  console.log(JSON.stringify({ seed, cuts: proxy.cuts(), ...Object.fromEntries(nemesis.counts), ...findings }, null, 2));
  console.log("Nothing was lost.");
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`Seed ${seed} failed.`);
  process.exitCode = 1;
} finally {
  proxy.close();
  await scene.end();
}

/** Starts the runs evenly over the time, and breaks something every two seconds or so. */
async function play(): Promise<void> {
  const inputs = programInputs(seed, runs);
  const startedAt = Date.now();
  const lengthMs = minutes * 60_000;
  let started = 0;
  for (let passedMs = 0; passedMs < lengthMs; passedMs = Date.now() - startedAt) {
    const due = Math.min(runs, Math.ceil((runs * (passedMs + 2_000)) / lengthMs));
    await scene.startMany("chaos_program", inputs.slice(started, due));
    started = due;
    await pause(random.between(200, 2_500));
    const fault = await nemesis.strike();
    console.log(`${((Date.now() - startedAt) / 1_000).toFixed(1)} s: ${fault}, ${(await scene.openRuns()).length} runs open`);
  }
  await scene.startMany("chaos_program", inputs.slice(started));
}

async function pause(ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    systemClock.after(ms, resolve);
  });
}
