import { isBuilt } from "../own/program.ts";
import { readOrder } from "./arguments.ts";
import { cpuSeconds } from "./cpu.ts";
import type { Scale } from "./measurements.ts";
import {
  type AloneWorkloads,
  type Engine,
  fullPace,
  type Measured,
  type OpenEngine,
  type OpenOptions,
} from "./session.ts";
import { isTooLate } from "./turns.ts";
import { NotAvailable, sayWord } from "./words.ts";
import type { Workload } from "./workloads.ts";

/*
 * The process of one engine in one round: `--engine NAME --workload B1,B2 [--quick] [--seed N]`. Opens the engine once,
 * measures one workload after the other, says each number at once, and leaves nothing behind.
 */
const order = readOrder(process.argv.slice(2));
const [entry] = order.engines;
if (entry === undefined || order.engines.length > 1) throw new Error("One --engine is wanted.");
const { variant, file } = entry;
const options: OpenOptions = { variant, isQuick: order.isQuick, isTiny: order.isTiny };

async function serve(): Promise<void> {
  const engine = await loadEngine();
  if (engine === null) return;
  const cannot = engine.cannot?.(variant) ?? {};
  const scale = {
    isQuick: order.isQuick,
    isTiny: order.isTiny,
    seed: order.seed,
    pace: { ...fullPace, ...engine.pace },
  };
  for (const [workload, why] of Object.entries(cannot))
    if (order.workloads.some(({ name }) => name === workload)) sayWord({ word: "cannot", workload, why });
  const wanted = order.workloads.filter(({ name }) => cannot[name] === undefined);
  const alone = engine.alone?.(variant) ?? {};
  const shared = wanted.filter(({ name, measure }) => alone[name] === undefined && measure !== null);
  if (shared.length > 0 && !(await measureShared(engine, shared, scale))) return;
  await measureAlone(wanted, alone);
}

/** What JavaScript was measured: compiled as it is published, or as tsx translates it at run time. */
const withCode = (settings: string): string => `${settings}, ${isBuilt ? "built" : "run by tsx"}`;

/** A file of the catalogue, as it is called beside this one. */
const programOf = (source: string): string => (isBuilt ? source.replace(/\.ts$/, ".js") : source);

async function measureAlone(wanted: readonly Workload[], alone: AloneWorkloads): Promise<void> {
  for (const { name, measure } of wanted) {
    const own = alone[name];
    if (own !== undefined) await measureOne(name, async () => own(options));
    else if (measure === null)
      sayWord({ word: "cannot", workload: name, why: "not written for this engine" });
  }
}

async function loadEngine(): Promise<Engine | null> {
  try {
    const { engine }: { engine: Engine } = await import(
      new URL(`../${programOf(file)}`, import.meta.url).href
    );
    return engine;
  } catch (error) {
    if (!isMissingModule(error)) throw error;
    sayWord({
      word: "unavailable",
      why: `${firstLine(error).replace(/ imported from .*/, "")} (node bench/peers/install.mjs)`,
    });
    return null;
  }
}

/** @returns false = the engine is not on this machine */
async function measureShared(
  engine: Engine,
  shared: readonly Workload[],
  scale: Omit<Scale, "isFresh">,
): Promise<boolean> {
  let open: OpenEngine;
  try {
    open = await engine.open(options);
  } catch (error) {
    if (error instanceof NotAvailable || isMissingModule(error)) {
      sayWord({ word: "unavailable", why: firstLine(error) });
      return false;
    }
    console.error(error);
    for (const { name } of shared)
      sayWord({ word: "failed", workload: name, why: `did not start: ${firstLine(error)}` });
    return true;
  }
  sayWord({ word: "about", about: { ...open.about, settings: withCode(open.about.settings) } });
  const session = { ...open, cpu: () => cpuSeconds(open.storePids) };
  for (const [index, { name, measure }] of shared.entries()) {
    if (name === "B7" && open.storeBytes === null)
      sayWord({ word: "cannot", workload: name, why: "nothing is stored" });
    else if (measure !== null)
      await measureOne(name, async () => measure(session, { ...scale, isFresh: index === 0 }));
  }
  await open.close();
  return true;
}

async function measureOne(workload: string, measure: () => Promise<Measured>): Promise<void> {
  const began = performance.now(); // since this process began
  if (isTooLate(order.turnMs, began))
    return sayWord({ word: "cannot", workload, why: "no time was left for it in --quick" });
  try {
    const { figures, settings, ...others } = await measure();
    const seconds = (performance.now() - began) / 1_000;
    const known = Object.entries(figures).filter(([, value]) => Number.isFinite(value));
    const own = settings === undefined ? {} : { settings: withCode(settings) };
    sayWord({ word: "measured", workload, figures: Object.fromEntries(known), ...others, ...own, seconds });
  } catch (error) {
    console.error(error);
    sayWord({ word: "failed", workload, why: firstLine(error) });
  }
}

function isMissingModule(error: unknown): boolean {
  // Not `isNativeError`: the loader's errors come from a thread of its own.
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : null;
  return code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0] ?? text;
}

await serve();
process.exit(0); // what a peer leaves open is not waited for
