import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { Durability } from "../../src/redis/embedded.ts";
import { quantile, type Sample, type Setup, type Workload } from "./measure.ts";
import { benchFolder } from "./program.ts";
import { newSiteDir, openSite, removeSiteDir } from "./site.ts";

const root = join(benchFolder, "..");
const dist = join(root, "dist/index.js");
const hello = join(benchFolder, "own/fixtures/hello.ts"); // a user's file: tsx runs it
const started = promisify(execFile);

export const startup: Workload = {
  name: "startup",
  about:
    "fresh processes: import of the package (of dist/ when it is built), and `tsx` of a flow with one task, to its exit",
  figures: [
    { name: "import dist", unit: "ms", target: { atMost: 250 } },
    { name: "import source", unit: "ms", target: { atMost: 250 } },
    { name: "hello, Redis up", unit: "ms", target: { atMost: 1_500 } },
    { name: "hello, cold", unit: "ms", target: null }, // starts the embedded server, and stops it
  ],
  run,
};

async function run({ durability, isQuick }: Setup): Promise<Sample> {
  const times = isQuick ? 1 : 3;
  const imports: Sample = existsSync(dist)
    ? { "import dist": await timeImport([], dist, times) }
    : { "import source": await timeImport(["--import", "tsx"], join(root, "src/index.ts"), times) };
  return {
    ...imports,
    "hello, Redis up": await timeWarm(durability, times),
    "hello, cold": await timeCold(durability, times),
  };
}

/** What `import` takes inside of a process that has just started. */
async function timeImport(options: readonly string[], file: string, times: number): Promise<number> {
  const url = JSON.stringify(pathToFileURL(file).href);
  const code = `const began = performance.now(); await import(${url}); console.log(performance.now() - began)`;
  return medianOf(times, async () => {
    const { stdout } = await started(process.execPath, [...options, "--input-type=module", "-e", code], {
      cwd: root,
    });
    return Number(stdout);
  });
}

async function timeWarm(durability: Durability, times: number): Promise<number> {
  const site = await openSite(durability);
  try {
    return await medianOf(times, timeHello);
  } finally {
    await site.close();
  }
}

async function timeCold(durability: Durability, times: number): Promise<number> {
  return medianOf(times, async () => {
    const dir = await newSiteDir(durability);
    try {
      return await timeHello();
    } finally {
      await removeSiteDir(dir);
    }
  });
}

/** The whole process, as `npx tsx hello.ts` starts it (without npx, which takes its own time to find tsx). */
async function timeHello(): Promise<number> {
  const tsx = join(root, "node_modules/tsx/dist/cli.mjs");
  const began = performance.now();
  await started(process.execPath, [tsx, hello], { cwd: root });
  return performance.now() - began;
}

async function medianOf(times: number, measure: () => Promise<number>): Promise<number> {
  const values: number[] = [];
  for (let index = 0; index < times; index += 1) values.push(await measure());
  return quantile(values, 0.5);
}
