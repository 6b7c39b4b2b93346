import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { BrowserScene } from "../support/browser-scene.ts";
import { chromiumPath } from "../support/chromium.ts";
import { newRunId } from "../support/log-suite-events.ts";
import { putHistory } from "../support/put-history.ts";
import { wideRun } from "../support/wide-run.ts";

const tasks = 10_000;

describe.skipIf(chromiumPath === null)("a run of ten thousand tasks", () => {
  let scene: BrowserScene;
  const run = newRunId();
  const events = wideRun({ tasks }, run);

  beforeAll(async () => {
    scene = await BrowserScene.open();
    await putHistory(scene.work.client.store, events);
  }, 60_000);

  afterEach(async () => scene.closePages());
  afterAll(async () => scene.end());

  test("opens, and paints no more rows than are in sight", async ({ annotate }) => {
    const begin = performance.now();
    const { page } = await scene.page(`/runs/${run}`);
    const timeline = page.getByRole("group", { name: /Timeline/ });
    await timeline.waitFor();
    const openMs = performance.now() - begin;
    await page.locator(`[data-event="${events.length}"]`).waitFor();
    await page.getByText("at the newest event").waitFor({ timeout: 30_000 });
    const wholeMs = performance.now() - begin;
    await timeline.focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");

    await page.waitForFunction(
      "Number(document.querySelector('[data-painted-rows]').dataset.paintedRows) > 20",
    );
    expect(Number(await timeline.getAttribute("data-painted-rows"))).toBeLessThanOrEqual(40);
    expect(await page.evaluate<number>("document.querySelectorAll('*').length")).toBeLessThan(1_000);
    const steps = await page.evaluate<readonly number[]>(scrub(events.length));
    const sorted = [...steps].sort((one, other) => one - other);
    const [p50, p95] = [sorted[Math.floor(steps.length * 0.5)]!, sorted[Math.floor(steps.length * 0.95)]!];
    await annotate(
      `10,000 tasks, ${events.length} events: shown after ${Math.round(openMs)} ms, whole after ${Math.round(wholeMs)} ms; ` +
        `a scrub takes ${p50.toFixed(1)} ms (p50), ${p95.toFixed(1)} ms (p95)`,
    );

    expect(steps).toHaveLength(60); // the figures are for people: a busy machine says little of them
  });

  test("its table and its list of events hold few rows in the page", async () => {
    for (const tab of ["tasks", "events"]) {
      const { page } = await scene.page(`/runs/${run}?tab=${tab}`);
      await page.getByRole("grid").getByRole("row").nth(5).waitFor({ timeout: 30_000 });

      expect(await page.getByRole("grid").getByRole("row").count()).toBeLessThanOrEqual(60);
    }
  });
});

/** Steps of the scrubber all over the history; answers ms of each until the page shows it, the canvas painted. */
function scrub(last: number): string {
  return `(async () => {
    const slider = document.querySelector("[role=slider]");
    const box = slider.getBoundingClientRect();
    const times = [];
    for (let step = 0; step < 60; step += 1) {
      const clientX = box.left + ((step * 37) % 60 + 1) / 62 * box.width;
      const shown = new Promise((resolve) => {
        const observer = new MutationObserver(() => { observer.disconnect(); resolve(); });
        observer.observe(slider, { attributeFilter: ["aria-valuenow"] });
      });
      const begin = performance.now();
      slider.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, clientX, buttons: 1 }));
      await shown;
      times.push(performance.now() - begin);
      if (Number(slider.getAttribute("aria-valuenow")) > ${last}) throw new Error("beyond the end");
      await new Promise(requestAnimationFrame);
    }
    return times;
  })()`;
}
