import { checkScene, type Findings } from "./chaos-check.ts";
import { Nemesis } from "./chaos-faults.ts";
import { familyInputs, flowOfInput, type ProgramInput, programInputs } from "./chaos-programs.ts";
import { startProxy } from "./chaos-proxy.ts";
import type { ChaosScene } from "./chaos-scene.ts";
import { ChaosVisitors } from "./chaos-visitors.ts";
import { SimRandom } from "./sim-random.ts";
import { rest } from "./wait-until.ts";

export interface PlayOptions {
  readonly seed: number;
  readonly runs: number; // that are started; their children come on top
  readonly mostMs: number; // nothing is started or broken after that
  readonly openAtOnce: number;
  readonly onFault?: (text: string) => void;
}

export interface Played extends Findings {
  readonly started: number;
  readonly cuts: number; // of connections, in the middle of a reply
  readonly faults: Readonly<Record<string, number>>;
  readonly visits: Readonly<Record<string, number>>;
}

/**
 * Random programs on real workers: alone, and in families, with people outside; while something breaks every second or
 * so. Heals everything when all are started, waits for their ends, and checks every history.
 * @throws Error with every violation
 */
export async function playChaos(scene: ChaosScene, options: PlayOptions): Promise<Played> {
  const random = new SimRandom(options.seed);
  const proxy = await startProxy(scene.server.port, { random, minBytes: 5_000, maxBytes: 200_000 });
  const nemesis = new Nemesis(scene, random);
  const visitors = new ChaosVisitors(scene, random);
  try {
    await nemesis.open(proxy);
    visitors.begin();
    const started = await strikeWhileStarting({ scene, nemesis, visitors, random }, options);
    proxy.heal();
    nemesis.heal();
    await scene.untilAllEnded(120_000);
    await visitors.end();
    const findings = await checkScene(scene, { mayBeLate: ({ pid }) => nemesis.isZombie(pid), visitors });
    const faults = Object.fromEntries(nemesis.counts);
    return { started, cuts: proxy.cuts(), faults, visits: visitors.counts, ...findings };
  } finally {
    await visitors.end();
    proxy.close();
  }
}

interface Players {
  readonly scene: ChaosScene;
  readonly nemesis: Nemesis;
  readonly visitors: ChaosVisitors;
  readonly random: SimRandom;
}

/** Keeps many runs open, and breaks something now and then, until the time is over or all runs are started. */
async function strikeWhileStarting(
  { scene, nemesis, visitors, random }: Players,
  { seed, runs, mostMs, openAtOnce, onFault }: PlayOptions,
): Promise<number> {
  const inputs = [...inputsOf(seed, runs)];
  const startedAt = performance.now();
  const passedMs = (): number => performance.now() - startedAt;
  while (inputs.length > 0 && passedMs() < mostMs) {
    const open = (await scene.openRuns()).length;
    const next = inputs.splice(0, Math.max(0, openAtOnce - open));
    for (const run of await Promise.all(next.map(async (input) => scene.start(flowOfInput(input), input))))
      visitors.expect(run);
    await rest(random.between(100, 1_500));
    const fault = await nemesis.strike();
    const seconds = (passedMs() / 1_000).toFixed(1);
    onFault?.(`${seconds} s: ${fault}; ${runs - inputs.length} runs started, ${open} were open`);
  }
  return runs - inputs.length;
}

/** Every fourth one is alone. */
function inputsOf(seed: number, count: number): readonly ProgramInput[] {
  const alone = programInputs(seed, count);
  return familyInputs(seed, count).map(
    (input, index) => (index % 4 === 0 ? alone[index] : undefined) ?? input,
  );
}
