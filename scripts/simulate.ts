/**
 * Plays many seeds of the simulator: `npx tsx scripts/simulate.ts [seeds] [first seed]`; 100,000 from 1 by default.
 * Goes on after a failure, prints each one, and exits with 1 when there was any.
 */
import { simulate } from "../test/support/sim-checks.ts";
import { describeFailure } from "../test/support/sim-report.ts";

const count = Number(process.argv[2] ?? 100_000);
const first = Number(process.argv[3] ?? 1);
const mostFailures = 5;
const startedAt = Date.now();
const failed: number[] = [];
let runs = 0;
let inPart = 0;

for (let seed = first; seed < first + count && failed.length < mostFailures; seed += 1) {
  const failure = await describeFailure(seed, async () => {
    const { judged } = await simulate({ seed });
    runs += judged.size;
    inPart += [...judged.values()].filter((how) => how === "in part").length;
  });
  if (failure !== null) {
    failed.push(seed);
    console.error(`${failure}\n`);
  }
  const played = seed - first + 1;
  if (played % 1_000 === 0) console.log(`${played} seeds in ${seconds()} s, ${failed.length} failed`);
}
console.log(`${runs} runs, of which ${inPart} could be judged in part only.`);
console.log(`${failed.length === 0 ? "No seed failed" : `Failed: ${failed.join(", ")}`} (${seconds()} s).`);
process.exitCode = failed.length === 0 ? 0 : 1;

function seconds(): string {
  return ((Date.now() - startedAt) / 1_000).toFixed(1);
}
