import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { BrowserScene } from "../support/browser-scene.ts";
import { BrowserVisits } from "../support/browser-visits.ts";
import { chromiumPath } from "../support/chromium.ts";
import { putWideRun } from "../support/screen-figures.ts";

const tasks = 10_000;

describe.skipIf(chromiumPath === null)("a run of ten thousand tasks", () => {
  let scene: BrowserScene;
  let visits: BrowserVisits;
  let run: string;
  let length: number;

  beforeAll(async () => {
    visits = new BrowserVisits();
    scene = await BrowserScene.open();
    [run, length] = await putWideRun(scene, tasks);
  }, 60_000);

  afterEach(async () => scene.closePages());
  afterAll(async () => {
    await scene.end();
    visits.end();
  });

  const isWhole = async (page: Page): Promise<void> =>
    page.getByText("at the newest event").waitFor({ timeout: 30_000 });

  test("shows its newest state after three questions, before its history is there", async () => {
    const mark = visits.length;
    const { page } = await scene.page(`/runs/${run}`);
    await page.locator(`[data-event="${length}"]`).waitFor();
    await page.locator("[data-painted-rows='1']").waitFor();
    const asked = visits.since(mark).filter((path) => path.includes(run) && path.startsWith("/api/"));

    expect(asked.slice(0, 3).map((path) => path.split("/").at(-1))).toEqual(["events", "state", "events"]);
    await isWhole(page);
    expect(await page.evaluate<number>("document.querySelectorAll('*').length")).toBeLessThan(1_000);
  });

  test("takes a step of the scrubber with what it changed, and nothing else", async () => {
    const { page } = await scene.page(`/runs/${run}`);
    await isWhole(page);
    await page.getByRole("slider").focus();
    await page.keyboard.press("PageDown"); // away from the end: the frame around the past is there

    const steps = await page.evaluate<readonly Step[]>(stepBack(20));

    expect(steps).toHaveLength(20);
    for (const { looked, touched, added } of steps) {
      expect(looked).toBeLessThanOrEqual(500); // calls of ten thousand: as far as it is to a snapshot
      expect(touched).toBeLessThanOrEqual(40); // nodes of the page
      expect(added).toBeLessThanOrEqual(10);
    }
  });

  test("paints no more rows than are in sight", async () => {
    const { page } = await scene.page(`/runs/${run}`);
    await isWhole(page);
    const timeline = page.getByRole("group", { name: /Timeline/ });
    await timeline.focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");

    const painted = async (): Promise<number> => Number(await timeline.getAttribute("data-painted-rows"));
    await expect.poll(painted).toBeGreaterThan(20);
    expect(await painted()).toBeLessThanOrEqual(40);
    await page.getByRole("slider").focus();
    await page.keyboard.press("PageDown");
    const steps = await page.evaluate<readonly Step[]>(stepBack(5));
    for (const { looked } of steps) expect(looked).toBeLessThanOrEqual(540);
  });

  test("its table and its list of events hold few rows in the page", async () => {
    for (const tab of ["tasks", "events"]) {
      const { page } = await scene.page(`/runs/${run}?tab=${tab}`);
      await page.getByRole("grid").getByRole("row").nth(5).waitFor({ timeout: 30_000 });

      expect(await page.getByRole("grid").getByRole("row").count()).toBeLessThanOrEqual(60);
    }
  });
});

interface Step {
  readonly looked: number; // calls that were counted anew
  readonly touched: number; // nodes of the page that were changed
  readonly added: number; // nodes that are new
}

/** Steps back by the keyboard; what each did, up to the frame after it, the sentence that comes later included. */
function stepBack(count: number): string {
  return `(async () => {
    const slider = document.querySelector("[role=slider]");
    const steps = [];
    for (let step = 0; step < ${count}; step += 1) {
      const records = [];
      const observer = new MutationObserver((list) => records.push(...list));
      observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
      const before = slider.getAttribute("aria-valuenow");
      slider.dispatchEvent(new KeyboardEvent("keydown", { key: ",", bubbles: true }));
      while (slider.getAttribute("aria-valuenow") === before) await new Promise(requestAnimationFrame);
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      records.push(...observer.takeRecords());
      observer.disconnect();
      const timeline = document.querySelector("[data-looked-calls]");
      steps.push({
        looked: Number(timeline.dataset.lookedCalls),
        touched: new Set(records.map(({ target }) => target)).size,
        added: records.reduce((sum, { addedNodes }) => sum + addedNodes.length, 0),
      });
    }
    return steps;
  })()`;
}
