import { mkdirSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { hostile } from "../support/browser-flows.ts";
import { aboutIn, accessibilityProblems, BrowserScene } from "../support/browser-scene.ts";
import { chromiumPath } from "../support/chromium.ts";

const shots = process.env["MILLRACE_SHOTS"]; // a folder for pictures of what was seen

describe.skipIf(chromiumPath === null)("the screens", () => {
  let scene: BrowserScene;
  const runs: string[] = [];

  beforeAll(async () => {
    scene = await BrowserScene.open();
    await scene.serve("browser_orders");
    for (const input of [{}, { isBroken: true, note: hostile }, { limit: 5 }])
      runs.push(await scene.work.start("browser_orders", input));
    for (const run of runs) await scene.work.ending(run);
    if (shots !== undefined) mkdirSync(shots, { recursive: true });
  }, 60_000);

  afterEach(async () => scene.closePages());
  afterAll(async () => scene.end());

  const screens = [
    { name: "home", path: "/", shows: "Needs you" },
    { name: "runs", path: "/runs", shows: "3 runs" },
    { name: "runs-empty", path: "/runs?q=name:nobody", shows: "Nothing matches" },
    { name: "runs-problem", path: "/runs?q=nonsense%3A1", shows: "There is no field" },
    { name: "flows", path: "/flows", shows: "browser_orders" },
    { name: "flow-grid", path: "/flows/browser_orders", shows: "extract" },
    { name: "flow-trends", path: "/flows/browser_orders?tab=trends", shows: "Where the time goes" },
    { name: "flow-launch", path: "/flows/browser_orders?tab=launch", shows: "The day to load" },
    { name: "flow-unknown", path: "/flows/nobody", shows: "could not be loaded" },
    { name: "capacity", path: "/capacity", shows: "Workers" },
    { name: "log", path: "/log", shows: "RunCreated" },
    { name: "projections", path: "/log?tab=projections", shows: "run-summary" },
    { name: "compare", path: "/compare", shows: "Two runs are needed" },
    { name: "unknown", path: "/nowhere", shows: "no such page" },
  ];

  test.each(screens)(
    "$name: it is there, accessible in every theme, and asks nobody else",
    async ({ name, path, shows }) => {
      const { page, problems, foreign } = await scene.page(path);

      await page.getByText(shows).first().waitFor();
      await page.locator("[role=status][aria-label^=Loading]").waitFor({ state: "detached" });
      for (const theme of ["light", "dark", "contrast"] as const) {
        await scene.paint(page, theme);
        if (shots !== undefined) await page.screenshot({ path: `${shots}/${name}-${theme}.png` });

        expect(await accessibilityProblems(page, aboutIn(theme)), theme).toEqual([]);
      }
      expect(problems).toEqual([]);
      expect(foreign).toEqual([]);
    },
  );

  test.each(screens.filter(({ name }) => !/-(problem|unknown)$/.test(name)))(
    "$name on a phone: nothing sticks out",
    async ({ name, path, shows }) => {
      const { page } = await scene.page(path, 390);
      await page.getByText(shows).first().waitFor();
      for (const theme of shots === undefined ? [] : (["light", "dark"] as const)) {
        await scene.paint(page, theme);
        await page.screenshot({ path: `${shots}/${name}-phone-${theme}.png` });
      }

      const spare = await page.evaluate(
        "document.documentElement.clientWidth - document.documentElement.scrollWidth",
      );

      expect(spare).toBe(0);
    },
  );

  test("two runs beside each other, with what differs", async () => {
    const { page } = await scene.page(`/compare?a=${runs[0]}&b=${runs[1]}`);
    await page.getByText("First divergence").waitFor();
    await page.getByRole("button", { name: "load#1" }).click();
    await page.getByText("Values of").waitFor();

    expect(await accessibilityProblems(page)).toEqual([]);
  });

  test("hostile text is text", async () => {
    const { page } = await scene.page("/runs?q=status:failed");
    await page.getByRole("row").nth(1).click();
    await page.getByRole("complementary").getByText("note:").waitFor();

    expect(await page.evaluate('"harmed" in globalThis')).toBe(false);
    expect(await page.locator("img[src=x]").count()).toBe(0);
  });

  test("what must not be on a screen would be found, and what a theme can do to it", async () => {
    const { page } = await scene.page("/nowhere");
    await page.getByText("no such page").first().waitFor();
    await page.evaluate(`document.querySelector("main").insertAdjacentHTML("beforeend",
      "<button></button><p style='color: #888; background: #999'>faint</p>")`);
    const rulesOf = (found: readonly string[]): readonly string[] =>
      found.map((line) => line.split(" ")[0] ?? "");

    expect(rulesOf(await accessibilityProblems(page))).toEqual(["button-name", "color-contrast"]);
    expect(rulesOf(await accessibilityProblems(page, "colours"))).toEqual(["color-contrast"]);
  });
});
