import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import "../support/browser-flows.ts";
import { accessibilityProblems, BrowserScene } from "../support/browser-scene.ts";
import { chromiumPath } from "../support/chromium.ts";

const password = "correct horse battery";

describe.skipIf(chromiumPath === null)("a server that asks who one is", () => {
  let scene: BrowserScene;
  const folder = mkdtempSync(join(tmpdir(), "millrace-users-"));

  beforeAll(async () => {
    const usersFile = join(folder, "users");
    writeFileSync(usersFile, `ada:admin:${password}\n`);
    scene = await BrowserScene.open({ access: { mode: "basic", usersFile } });
    await scene.serve("browser_orders");
  }, 60_000);

  afterEach(async () => scene.closePages());
  afterAll(async () => {
    await scene.end();
    rmSync(folder, { recursive: true });
  });

  test("is told with a form, then the screen that was asked for is there, live; and one can leave again", async () => {
    const run = await scene.work.start("browser_orders");
    await scene.work.ending(run);
    const { page, problems } = await scene.page("/runs");
    const dialog = page.getByRole("dialog", { name: "Sign in" });
    await dialog.getByLabel("Name").fill("ada");
    await dialog.getByLabel("Password").fill("a wrong one");
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await page.locator("#sign-in-secret-problem").waitFor();
    expect(await page.locator("[data-row]").count()).toBe(0);

    await dialog.getByLabel("Password").fill(password);
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await page.locator(`[data-row="${run}"]`).waitFor();
    await page.getByRole("status").getByText("live", { exact: true }).waitFor();

    await page.reload();
    await page.locator(`[data-row="${run}"]`).waitFor();
    expect(await dialog.count()).toBe(0);

    await page.getByRole("button", { name: "Appearance and keys" }).click();
    await page.getByRole("menuitem", { name: "Sign out ada" }).click();
    await dialog.waitFor();
    expect(await page.locator("[data-row]").count()).toBe(0);
    await page.reload();
    await dialog.waitFor(); // the session is over, and not only hidden
    expect(problems).toEqual([]);
  });
});
