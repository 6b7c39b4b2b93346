import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import "../support/browser-flows.ts";
import { BrowserScene } from "../support/browser-scene.ts";
import { chromiumPath } from "../support/chromium.ts";
import { fillRuns } from "../support/many-runs.ts";

describe.skipIf(chromiumPath === null)("a person at the browser", () => {
  let scene: BrowserScene;

  beforeAll(async () => {
    scene = await BrowserScene.open();
    await scene.serve("browser_orders");
  }, 60_000);

  afterEach(async () => scene.closePages());
  afterAll(async () => scene.end());

  test("starts a run from the form: what is wrong is said at its field, what is right runs", async () => {
    const { page, problems } = await scene.page("/flows/browser_orders?tab=launch");
    const limit = page.getByLabel("limit");
    await limit.fill("9000");
    await page.getByRole("main").locator("form").getByRole("button", { name: "Launch" }).click();
    await page.locator("#field-limit-problem").waitFor();

    expect(await limit.getAttribute("aria-invalid")).toBe("true");
    expect(await page.getByText("millrace start browser_orders").textContent()).toContain('"limit":9000');

    await limit.fill("7");
    await page.getByRole("main").locator("form").getByRole("button", { name: "Launch" }).click();
    await page.waitForURL(/\/runs\/[\w-]+$/);
    const run = page.url().split("/").at(-1) ?? "";

    expect((await scene.work.ending(run)).type).toBe("RunCompleted");
    expect(problems).toEqual([]);
  });

  test("finds a failed run with the keyboard alone, looks at it, and retries it", async () => {
    const failed = await scene.work.start("browser_orders", { isBroken: true });
    await scene.work.ending(failed);
    const { page } = await scene.page("/runs");
    await page.locator("[role=row][data-row]").first().waitFor();

    await page.keyboard.press("/");
    await page.keyboard.type("status:failed");
    await page.keyboard.press("Enter");
    await page.waitForURL(/q=status%3Afailed/);
    await page.locator(`[role=row][data-row="${failed}"]`).waitFor();
    await page.locator("[role=grid]").focus();
    await page.keyboard.press("j");
    await page.keyboard.press("Space");
    await page.getByRole("complementary").getByText("isBroken:").waitFor();
    await page.keyboard.press("r");
    await page.getByRole("dialog").getByRole("button", { name: "Retry" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });

    const types = await scene.work.until(failed, (events) => {
      const found = events.map(({ type }) => type);
      if (found.filter((type) => type === "RunFailed").length < 2) throw new Error(found.join(" "));
      return found;
    });
    expect(types.filter((type) => type === "RunFailed")).toHaveLength(2);
  });

  test("goes anywhere by the palette, and sees every key", async () => {
    const { page } = await scene.page("/capacity");
    await page.getByRole("heading", { name: "Workers" }).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").fill("browser_or");
    await page
      .getByRole("option", { name: /^browser_orders/ })
      .first()
      .waitFor(); // the flow; a run has its own name first
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/flows\/browser_orders/);
    await page.getByRole("heading", { name: "browser_orders" }).waitFor();
    await page.keyboard.press("?");

    await page.getByRole("dialog").getByText("go to, or do, anything").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });

    expect(await page.title()).toBe("browser_orders · Millrace");
  });

  test("has rows as high as one likes, also at the next visit", async () => {
    await scene.work.start("browser_orders");
    const { page } = await scene.page("/runs");
    const heightOf = async (): Promise<number | undefined> => {
      const row = page.locator("[role=row][data-row]").first();
      await row.waitFor();
      return (await row.boundingBox())?.height;
    };
    expect(await heightOf()).toBe(34);
    await page.getByRole("button", { name: "Appearance and keys" }).click();
    await page.getByRole("menuitemradio", { name: "Dense" }).click();

    await expect.poll(heightOf).toBe(27);
    await page.reload();
    expect(await heightOf()).toBe(27);
  });

  test("keeps a view on the server and finds it again", async () => {
    const { page } = await scene.page("/runs?q=status%3Afailed%20flow%3Abrowser_orders");
    await page.getByRole("button", { name: "Keep this view" }).click();
    await page.getByLabel("Name", { exact: true }).fill("My failures");
    await page.getByRole("button", { name: "Keep", exact: true }).click();
    const kept = page
      .getByRole("navigation", { name: "Views" })
      .getByRole("button", { name: "My failures", exact: true });
    await kept.waitFor();
    await page.reload();
    await kept.waitFor();

    expect(await kept.getAttribute("aria-current")).toBe("page");
  });
});

describe.skipIf(chromiumPath === null)("ten thousand runs", () => {
  let scene: BrowserScene;
  const count = 10_000;

  beforeAll(async () => {
    scene = await BrowserScene.open({ projects: false });
    await fillRuns(scene.work.client.store, count);
  }, 120_000);

  afterAll(async () => scene.end());

  test("are counted all, and at most 60 rows of them are in the page wherever one scrolls", async () => {
    const { page } = await scene.page("/runs");
    await page.getByText("10,000 runs").first().waitFor();
    const rows = page.locator("[role=row][data-row]");
    await rows.first().waitFor();
    const counts: number[] = [];
    await page.locator("[role=grid]").hover();
    for (const top of [0, 2_600, 5_200]) {
      if (top > 0) await page.mouse.wheel(0, 2_600);
      await page.getByRole("link", { name: `run-${Math.ceil(top / 34) + 2}`, exact: true }).waitFor();
      counts.push(await rows.count());
    }

    expect(Math.max(...counts)).toBeLessThanOrEqual(60);
    expect(await page.locator("[role=grid]").getAttribute("aria-rowcount")).toBe("10001");
  });
});
