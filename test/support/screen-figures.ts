import type { Page } from "playwright-core";
import { sendSignal } from "../../src/workers/client-run.ts";
import type { BrowserScene } from "./browser-scene.ts";
import { newRunId } from "./log-suite-events.ts";
import { nextStep, type TracedStep, traceSteps } from "./page-trace.ts";
import { putHistory } from "./put-history.ts";
import { wideRun } from "./wide-run.ts";

/** Milliseconds of many steps: by the clock, and of the page's main thread alone. */
export interface Figures {
  readonly wallMs: readonly number[];
  readonly steps: readonly TracedStep[];
}

/** A run of many tasks; answers its id and how many events it has. */
export async function putWideRun(scene: BrowserScene, tasks: number): Promise<readonly [string, number]> {
  const run = newRunId();
  const events = wideRun({ tasks }, run);
  await putHistory(scene.work.client.store, events);
  return [run, events.length];
}

/** From the request for the page to the frame that shows something, by the page's own clock. */
export async function openTimes(scene: BrowserScene, path: string, sign: string): Promise<number> {
  const { page } = await scene.page("/capacity"); // what every screen needs is in the browser's cache
  await page.getByRole("heading", { name: "Workers" }).waitFor();
  await page.addInitScript(`
    new MutationObserver((_, observer) => {
      if (document.querySelector(${JSON.stringify(sign)}) === null) return;
      observer.disconnect();
      requestAnimationFrame(() => setTimeout(() => { globalThis.shownAt = performance.now(); }));
    }).observe(document, { subtree: true, childList: true, attributes: true });
  `);
  await page.goto(scene.url + path.replace(/^\//, ""));
  const shownAt = await once(page, "globalThis.shownAt");
  await page.close();
  return shownAt;
}

export type Way = "drag" | "keys" | "jumps";

const moves: Readonly<Record<Way, string>> = {
  drag: "drag(0.02 + 0.96 * step / count)",
  jumps: "drag(((step * 37) % 60 + 1) / 62)",
  keys: `slider.dispatchEvent(new KeyboardEvent("keydown", { key: ",", bubbles: true }))`,
};

/** Steps of the scrubber: along the track, event by event, or all over the history. Each ends with its frame. */
export async function scrubTimes(page: Page, way: Way, count: number): Promise<Figures> {
  let wallMs: readonly number[] = [];
  const steps = await traceSteps(page, async () => {
    wallMs = await page.evaluate<readonly number[]>(`(async () => {
      const count = ${count};
      const slider = document.querySelector("[role=slider]");
      const box = slider.getBoundingClientRect();
      const drag = (share) => slider.dispatchEvent(new PointerEvent("pointermove", {
        bubbles: true, buttons: 1, clientX: box.left + share * box.width }));
      const times = [];
      for (let step = 0; step < count; step += 1) {
        ${nextStep};
        const shown = new Promise((resolve) => {
          const observer = new MutationObserver(() => { observer.disconnect(); resolve(); });
          observer.observe(slider, { attributeFilter: ["aria-valuenow"] });
        });
        const begin = performance.now();
        ${moves[way]};
        await shown;
        times.push(performance.now() - begin);
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      }
      ${nextStep};
      return times;
    })()`);
  });
  return { wallMs, steps };
}

/** Scrolls a list by the wheel, frame by frame, for as long as it is told; what the browser calls a long task is counted. */
export async function scrollTimes(page: Page, forMs: number): Promise<Figures & { readonly rows: number }> {
  let answer: { readonly long: readonly number[]; readonly rows: number } = { long: [], rows: 0 };
  const steps = await traceSteps(page, async () => {
    answer = await page.evaluate<typeof answer>(`(async () => {
      const grid = document.querySelector("[role=grid]");
      const long = [];
      new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) long.push(duration); })
        .observe({ type: "longtask" });
      const end = performance.now() + ${forMs};
      while (performance.now() < end) {
        ${nextStep};
        grid.scrollTop += 400;
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      }
      ${nextStep};
      await new Promise((resolve) => setTimeout(resolve, 100)); // they are told afterwards
      return { long, rows: Math.round(grid.scrollTop / 34) };
    })()`);
  });
  return { wallMs: answer.long, steps, rows: answer.rows };
}

/** From before an event is appended to the frame of an open tab that shows it. */
export async function appendTimes(
  scene: BrowserScene,
  flow: string,
  count: number,
): Promise<readonly number[]> {
  const run = await scene.work.start(flow);
  const { page } = await scene.page(`/runs/${run}?tab=events`);
  await page.getByRole("status").getByText("live", { exact: true }).waitFor();
  await page.evaluate(`
    globalThis.seen = new Map();
    const look = () => {
      const n = Number(document.querySelector("[data-event]").dataset.event);
      if (!seen.has(n)) requestAnimationFrame(() => seen.set(n, performance.timeOrigin + performance.now()));
    };
    new MutationObserver(look).observe(document, { subtree: true, attributeFilter: ["data-event"] });
  `);
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const begin = performance.timeOrigin + performance.now();
    await sendSignal(scene.work.client, { run, signal: "measured", payload: null, key: `measured-${index}` });
    const { length } = await scene.work.events(run);
    times.push((await once(page, `seen.get(${length})`)) - begin);
  }
  await page.close();
  return times;
}

/** A number of the page, as soon as it is there. */
async function once(page: Page, expression: string): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve) => {
    const look = () => (${expression}) === undefined ? setTimeout(look, 5) : resolve(${expression});
    look();
  })`);
}
