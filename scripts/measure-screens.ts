/**
 * The figures of the user interface that no test judges, as a busy machine says little of them: a real server, real
 * Redis, real Chromium. `npx tsx scripts/measure-screens.ts`; takes two to four minutes, and wants a machine for itself.
 * Builds the UI first. CPU is what the main thread of the page worked, whatever else the machine did.
 */
import { BrowserScene } from "../test/support/browser-scene.ts";
import { fillRuns } from "../test/support/many-runs.ts";
import { startServer } from "../test/support/redis-server.ts";
import {
  appendTimes,
  type Figures,
  openTimes,
  putWideRun,
  scrollTimes,
  scrubTimes,
} from "../test/support/screen-figures.ts";
import { WebBytes } from "../test/support/web-bytes.ts";
import { buildWeb } from "./build-web.mjs";
import "../test/support/browser-flows.ts";

const rows: (readonly [figure: string, measured: string, wanted: string])[] = [];

function at(numbers: readonly number[], share: number): string {
  const sorted = [...numbers].sort((one, other) => one - other);
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
}

function spread(numbers: readonly number[]): string {
  return `p50 ${at(numbers, 0.5)}, p95 ${at(numbers, 0.95)}, max ${at(numbers, 1)} ms`;
}

function both({ wallMs, steps }: Figures): string {
  return `${spread(wallMs)}; CPU with its frame: ${spread(steps.map(({ cpuMs }) => cpuMs))}`;
}

async function measureRun(scene: BrowserScene): Promise<void> {
  const [run, events] = await putWideRun(scene, 10_000);
  const sign = `[data-painted-rows]:not([data-painted-rows="0"])`;
  const cold = await openTimes(scene, `/runs/${run}`, sign);
  const warm: number[] = [];
  for (let visit = 0; visit < 5; visit += 1) warm.push(await openTimes(scene, `/runs/${run}`, sign));
  rows.push(["10,000 tasks, first visit of all", `${cold.toFixed(0)} ms`, "1,000 ms"]);
  rows.push(["10,000 tasks, later visits", spread(warm), "1,000 ms"]);
  const { page } = await scene.page(`/runs/${run}`);
  await page.getByText("at the newest event").waitFor({ timeout: 60_000 });
  for (const [way, count] of [
    ["drag", 200],
    ["keys", 100],
    ["jumps", 60],
  ] as const)
    rows.push([`scrub by ${way}, ${events} events`, both(await scrubTimes(page, way, count)), "p95 16 ms"]);
  await page.close();
}

async function measureList(redisUrl: string): Promise<void> {
  const scene = await BrowserScene.open({ projects: false }, redisUrl);
  try {
    await fillRuns(scene.work.client.store, 100_000);
    const shown: number[] = [];
    for (let visit = 0; visit < 3; visit += 1) shown.push(await openTimes(scene, "/runs", "[data-row]"));
    rows.push(["100,000 runs, rows are there", spread(shown), "–"]);
    const { page } = await scene.page("/runs");
    await page.locator("[data-row]").first().waitFor();
    const { wallMs, steps, rows: scrolled } = await scrollTimes(page, 12_000);
    const longest = steps.map(({ longestMs }) => longestMs);
    const figure = `${wallMs.length} long tasks (${spread(wallMs)}); longest CPU of a task: ${spread(longest)}`;
    rows.push([`100,000 runs, ${scrolled} rows scrolled`, figure, "none over 50 ms"]);
  } finally {
    await scene.end();
  }
}

buildWeb();
const redis = await startServer();
try {
  const bytes = new WebBytes();
  rows.push(["first load", `${bytes.firstLoad().toFixed(0)} kB (gz)`, "180 kB"]);
  const scene = await BrowserScene.open({}, redis.url);
  try {
    rows.push(["append to visible", spread(await appendTimes(scene, "browser_orders", 60)), "p95 250 ms"]);
    await measureRun(scene);
  } finally {
    await scene.end();
  }
  await measureList(redis.url);
} finally {
  await redis.stop();
}
const width = Math.max(...rows.map(([figure]) => figure.length));
for (const [figure, measured, wanted] of rows)
  console.log(`${figure.padEnd(width)}  ${measured}  (wanted: ${wanted})`);
