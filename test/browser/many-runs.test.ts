import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import "../support/browser-flows.ts";
import { accessibilityProblems, BrowserScene } from "../support/browser-scene.ts";
import { BrowserVisits } from "../support/browser-visits.ts";
import { chromiumPath } from "../support/chromium.ts";
import { waitUntil } from "../support/wait-until.ts";

const count = 205; // more than a page of the list holds

describe.skipIf(chromiumPath === null)("many runs at once", () => {
  let scene: BrowserScene;

  beforeAll(async () => {
    scene = await BrowserScene.open();
    await Promise.all(Array.from({ length: count }, () => scene.work.start("unserved")));
    await matching("flow:unserved", count);
  }, 60_000);

  afterEach(async () => scene.closePages());
  afterAll(async () => scene.end());

  /** Waits until so many runs match. */
  async function matching(q: string, wanted: number): Promise<void> {
    await waitUntil(
      async () =>
        expect(await scene.ask(`/api/runs?limit=1&q=${encodeURIComponent(q)}`)).toMatchObject({
          total: { count: wanted, exact: true },
        }),
      { timeoutMs: 30_000, intervalMs: 50 },
    );
  }

  test("are cancelled and retried by a query: shown first, then carried out once for each", async () => {
    const visits = new BrowserVisits();
    onTestFinished(() => visits.end());
    const { page, problems } = await scene.page("/runs?q=flow%3Aunserved");
    await page.locator("[data-row]").first().waitFor();
    const chooseAll = async (): Promise<void> => {
      await page.getByRole("grid", { name: "Runs" }).focus();
      await page.keyboard.press("Control+a");
      await page.getByRole("button", { name: `Choose all ${count} runs that match` }).click();
    };
    await chooseAll();
    const toolbar = page.getByRole("toolbar", { name: "Chosen runs" });
    await toolbar.getByText(`all ${count} runs that match`).waitFor();
    await toolbar.getByRole("button", { name: "Cancel", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Cancel every run that matches" });
    await dialog.getByText(`${count} runs`, { exact: true }).waitFor();
    expect(await dialog.getByText("unserved").count()).toBeGreaterThanOrEqual(5); // some of them
    expect(await accessibilityProblems(page)).toEqual([]);
    await matching("flow:unserved status:cancelled", 0); // a preview changes nothing

    const send = dialog.getByRole("button", { name: `Cancel ${count} runs` });
    expect(await send.isDisabled()).toBe(true);
    await dialog.getByLabel("Reason").fill("tidy up");
    await dialog.getByLabel(`Type ${count} to say that you mean it`).fill(String(count));
    await send.click();
    await dialog.getByText(`${count} of ${count}: done`).waitFor();
    await matching("flow:unserved status:cancelled", count);
    await page.keyboard.press("Escape");

    await page.goto(`${scene.url}runs?q=flow%3Aunserved%20status%3Acancelled`);
    await page.locator("[data-row]").first().waitFor();
    await chooseAll();
    await toolbar.getByRole("button", { name: "Retry" }).click();
    const retry = page.getByRole("dialog", { name: "Retry every run that matches" });
    visits.cut(); // no news: the dialog sees the end all the same
    await retry.getByRole("button", { name: `Retry ${count} runs` }).click();
    await retry.getByText(`${count} of ${count}: done`).waitFor();
    await matching("flow:unserved status:cancelled", 0);
    expect(problems).toEqual([]);
  });

  test("stand in columns as somebody wants them, also at the next visit", async () => {
    const { page } = await scene.page("/runs");
    const heads = page.getByRole("columnheader");
    await page.locator("[data-row]").first().waitFor();
    const names = async (): Promise<readonly string[]> =>
      (await heads.allTextContents()).filter((name) => name !== "Selected");
    expect((await names()).slice(0, 3)).toEqual(["State", "Name", "Flow"]);

    await page.getByRole("button", { name: "Columns" }).click();
    await page.getByRole("menuitem", { name: "Flow to the left" }).click();
    await page.getByRole("menuitemcheckbox", { name: "Created" }).click();
    await page.keyboard.press("Escape");
    const edge = page.getByRole("button", { name: /^Width of Flow/ });
    const width = async (): Promise<number> => (await heads.filter({ hasText: "Flow" }).boundingBox())!.width;
    const before = await width();
    await edge.focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");

    expect((await names()).slice(0, 3)).toEqual(["State", "Flow", "Name"]);
    expect(await names()).not.toContain("Created");
    expect(await width()).toBeCloseTo(before + 32, 0);
    await page.reload();
    await page.locator("[data-row]").first().waitFor();
    expect((await names()).slice(0, 3)).toEqual(["State", "Flow", "Name"]);
    expect(await width()).toBeCloseTo(before + 32, 0);
  });
});

describe.skipIf(chromiumPath === null)("what opens in front of a screen", () => {
  let scene: BrowserScene;
  let failed: string;
  let open: string;

  beforeAll(async () => {
    scene = await BrowserScene.open();
    await scene.serve("browser_orders");
    failed = await scene.work.start("browser_orders", { isBroken: true });
    open = await scene.work.start("unserved");
    await scene.work.ending(failed);
  }, 60_000);

  afterEach(async () => scene.closePages());
  afterAll(async () => scene.end());

  test("the palette and the sheet of keys are accessible", async () => {
    const { page } = await scene.page("/runs");
    await page.locator("[data-row]").first().waitFor();
    await page.keyboard.press("Control+k");
    const palette = page.getByRole("dialog");
    await palette.getByRole("combobox").fill("browser");
    await palette.getByRole("option").first().waitFor();
    await inTheme(scene, page);
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    await inTheme(scene, page);
  });

  test("so is the dialog of every command of a run that has ended", async () => {
    const { page } = await scene.page(`/runs/${failed}`);
    for (const name of ["Retry", "Fork"]) {
      await page.locator("article header").getByRole("button", { name, exact: true }).click();
      await page.getByRole("dialog").waitFor();
      await inTheme(scene, page);
      await page.keyboard.press("Escape");
    }
    await more(page, "Launch again…");
    await inTheme(scene, page);
  });

  test("and that of every command of an open one", async () => {
    const { page } = await scene.page(`/runs/${open}`);
    await page.locator("article header").getByRole("button", { name: "Cancel", exact: true }).click();
    await page.getByRole("dialog").waitFor();
    await inTheme(scene, page);
    await page.keyboard.press("Escape");
    for (const name of ["Send a signal…", "Pause…"]) {
      await more(page, name);
      await inTheme(scene, page);
      await page.keyboard.press("Escape");
    }
  });
});

type Page = Awaited<ReturnType<BrowserScene["page"]>>["page"];

async function more(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name }).click();
  await page.getByRole("dialog").waitFor();
}

let turn = 0;

/** Dialogs are made of the parts that screens show in every theme: each in one of the two, in turn. */
async function inTheme(scene: BrowserScene, page: Page): Promise<void> {
  turn += 1;
  const theme = turn % 2 === 0 ? "light" : "dark";
  await scene.paint(page, theme);
  expect(await accessibilityProblems(page), theme).toEqual([]);
}
