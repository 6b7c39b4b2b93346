/**
 * Everything that can go wrong, for a while: `npx tsx scripts/chaos.ts [--minutes 10] [--seed 1] [--runs 2000]`. Random
 * programs, alone and in families of runs, with signals, timers, queued tasks and cancellations, run on real workers and a
 * real Redis of their own, while workers are killed, paused and stopped, connections are cut, Redis is killed and
 * restarted, and hints are deleted. At the end every history is checked; exits with 1 when one is wrong.
 */
import { parseArgs } from "node:util";
import { chaosFamilies, chaosProgram } from "../test/fixtures/chaos/programs.ts";
import { playChaos } from "../test/support/chaos-play.ts";
import { openScene } from "../test/support/chaos-scene.ts";
import { setup as compileFixtures } from "../test/support/compiled-fixtures.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    runs: { type: "string", default: "2000" },
  },
});
const seed = Number(values.seed);
const flows = [chaosProgram, ...chaosFamilies].map(({ spec }) => spec.name);
const remove = await compileFixtures();
const scene = await openScene({ appendfsync: "always", flows });

try {
  const played = await playChaos(scene, {
    seed,
    runs: Number(values.runs),
    mostMs: Number(values.minutes) * 60_000,
    openAtOnce: 80,
    onFault: (text) => console.log(text),
  });
  console.log(JSON.stringify({ seed, ...played }, null, 2));
  console.log("Nothing was lost.");
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`Seed ${seed} failed.`);
  process.exitCode = 1;
} finally {
  await scene.end();
  await remove();
}
