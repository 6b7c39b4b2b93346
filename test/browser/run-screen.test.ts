import { mkdirSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { pictureFromPlain } from "../../web/run/history/picture-from-plain.ts";
import { nameRowsOf, taskRowsOf } from "../../web/run/tasks/task-rows.ts";
import { aboutIn, accessibilityProblems, BrowserScene } from "../support/browser-scene.ts";
import { chromiumPath } from "../support/chromium.ts";
import { waitUntil } from "../support/wait-until.ts";
import "../fixtures/flows/screens.ts";
import { hostile } from "../support/browser-flows.ts";

const patience = { timeoutMs: 30_000 };
const shots = process.env["MILLRACE_SHOTS"]; // a folder for pictures of what was seen

describe.skipIf(chromiumPath === null)("the screen of a run", () => {
  let scene: BrowserScene;
  const runs = { good: "", bad: "", waiting: "" };

  beforeAll(async () => {
    scene = await BrowserScene.open();
    await scene.work.worker(["etl", "approval", "browser_orders"]);
    runs.good = await scene.work.start("etl", { pages: 6 }); // one lane, until somebody unfolds it
    runs.bad = await scene.work.start("etl", { pages: 3, breaks: true });
    runs.waiting = await scene.work.start("approval");
    await scene.work.ending(runs.good);
    await scene.work.ending(runs.bad);
    await scene.work.event(runs.waiting, "SignalAwaited");
    if (shots !== undefined) mkdirSync(shots, { recursive: true });
  }, 60_000);

  afterEach(async () => scene.closePages());
  afterAll(async () => scene.end());

  const tabs = [
    { tab: "timeline", run: "good", shows: "errors only" },
    { tab: "graph", run: "good", shows: "calls in" },
    { tab: "tasks", run: "bad", shows: "failed only" },
    { tab: "events", run: "bad", shows: "see then" },
    { tab: "log", run: "good", shows: "Finished in state Completed()" },
    { tab: "data", run: "good", shows: "Start another one like it" },
  ] as const;

  test.each(tabs)("$tab is there, accessible in light and dark, and asks nobody else", async (seen) => {
    const { tab, run, shows } = seen;
    const { page, problems, foreign } = await scene.page(`/runs/${runs[run]}?tab=${tab}&call=load%231`);

    await page.getByText(shows).first().waitFor();
    await page.getByRole("complementary").getByText("Input").waitFor();
    for (const theme of ["light", "dark"] as const) {
      await scene.paint(page, theme);
      if (shots !== undefined) await page.screenshot({ path: `${shots}/run-${tab}-${theme}.png` });

      expect(await accessibilityProblems(page, aboutIn(theme)), theme).toEqual([]);
    }
    expect(problems).toEqual([]);
    expect(foreign).toEqual([]);
  });

  test.each(tabs)("$tab on a phone: nothing sticks out", async ({ tab, run, shows }) => {
    const { page } = await scene.page(`/runs/${runs[run]}?tab=${tab}`, 390);
    await page.getByRole("slider").waitFor();
    await page.getByText(shows).first().waitFor();
    for (const theme of shots === undefined ? [] : (["light", "dark"] as const)) {
      await scene.paint(page, theme);
      await page.screenshot({ path: `${shots}/run-${tab}-phone-${theme}.png` });
    }

    expect(
      await page.evaluate("document.documentElement.clientWidth - document.documentElement.scrollWidth"),
    ).toBe(0);
  });

  test("who looks back sees it, in every theme", async () => {
    const { page } = await scene.page(`/runs/${runs.good}?at=20&call=fetch%231%5B3%5D`);
    await page.locator("[data-event='20']").waitFor();
    await page.getByRole("group", { name: /Timeline/ }).focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter"); // the map unfolds
    await page.locator("[data-painted-rows='11']").waitFor();
    for (const theme of ["light", "dark", "contrast"] as const) {
      await scene.paint(page, theme);
      if (shots !== undefined) await page.screenshot({ path: `${shots}/past-${theme}.png` });

      expect(await accessibilityProblems(page, aboutIn(theme)), theme).toEqual([]);
    }
    await page.getByText("viewing the past").waitFor();
    await page.getByRole("button", { name: "Fork from here", exact: true }).waitFor();
    await page.getByRole("button", { name: "Back to now" }).click();
    await page.getByText("at the newest event").waitFor();
  });

  test("at any event, it shows the state that the server has for that event", async () => {
    const { page } = await scene.page(`/runs/${runs.bad}?tab=tasks`);
    const slider = page.getByRole("slider");
    await slider.waitFor();
    await page.getByRole("grid", { name: "Calls" }).waitFor(); // the tab is there
    await slider.focus();
    await page.keyboard.press("Home");
    const last = Number(await slider.getAttribute("aria-valuemax"));
    expect(last).toBeGreaterThan(15);

    for (let n = 1; n <= last; n += 1) {
      await page.locator(`[data-event="${n}"]`).waitFor();
      const { state, why } = (await scene.ask(`/api/runs/${runs.bad}/state?at=${n}`)) as StateAnswer;
      const expected = nameRowsOf(taskRowsOf(pictureFromPlain(runs.bad, state)));
      const cells = await page.locator("table tbody tr td:nth-child(n+2):nth-child(-n+5)").allInnerTexts();
      expect(cells, `after event ${n}`).toEqual(
        expected.flatMap(({ pending, running, done, failed }) => [
          ...[pending, running, done].map(String),
          failed > 0 ? `✕ ${failed}` : "0",
        ]),
      );
      const reason = why[0]!.text.replaceAll(/\s+/g, " ");
      await page.getByLabel("Why it is where it is").getByText(reason).waitFor();
      await page.keyboard.press(".");
    }
    await page.waitForURL((url) => !url.searchParams.has("at")); // back in the present
  });

  test("keys go to failures, the frame says that it is the past, and the address remembers the moment", async () => {
    const { page } = await scene.page(`/runs/${runs.bad}`);
    await page.getByRole("slider").waitFor();
    await page.keyboard.press("Home");
    await page.keyboard.press(">");

    await page.getByText("viewing the past").waitFor();
    const position = Number(await page.getByRole("slider").getAttribute("aria-valuenow"));
    const events = await scene.work.events(runs.bad);
    expect(events[position - 1]!.type).toMatch(/Failed$/);
    await page.waitForURL(new RegExp(`at=${position}`));
    await page.reload();
    await page.locator(`[data-event="${position}"]`).waitFor();
    await page.keyboard.press("l");
    await page.locator(`[data-event="${events.length}"]`).waitFor();
    expect(await page.locator("[data-past=true]").count()).toBe(0);
  });

  test("lanes are chosen by keys, read out, and opened", async () => {
    const { page } = await scene.page(`/runs/${runs.good}`);
    const timeline = page.getByRole("group", { name: /Timeline/ });
    await timeline.focus();
    await page.keyboard.press("ArrowDown");
    await page.getByText("fetch[0..5], folded: 6 completed").waitFor();
    const before = Number(await timeline.getAttribute("data-painted-rows"));
    await page.keyboard.press("Enter");
    await page.locator(`[data-painted-rows="${before + 6}"]`).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");

    await page.getByRole("complementary", { name: "Call fetch#1[0]" }).waitFor();
    expect(new URL(page.url()).searchParams.get("call")).toBe("fetch#1[0]");
  });

  test("a fork with other arguments runs, and its own screen opens", async () => {
    const { page } = await scene.page(`/runs/${runs.bad}?call=load%231`);
    await page.getByRole("button", { name: "Fork from here…" }).click();
    const field = page.getByLabel("Arguments of the task");
    await field.waitFor();
    expect(JSON.parse(await field.inputValue())).toEqual([expect.any(Number), true]);
    await field.fill("[77, false]");
    await page.getByRole("button", { name: "Make the fork" }).click();

    await page.waitForURL((url) => /\/runs\/\w+$/.test(url.pathname) && !url.pathname.includes(runs.bad));
    const fork = new URL(page.url()).pathname.split("/").at(-1)!;
    await page.getByText("Fork of").waitFor();
    expect(await scene.work.result(fork)).toEqual({ loaded: 77 });
    await page.getByRole("link", { name: runs.bad.slice(0, 12) }).waitFor();
  });

  test("a question is answered with its form", async () => {
    const { page } = await scene.page(`/runs/${runs.waiting}`);
    await page.getByRole("button", { name: "Answer" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("May the orders go out?").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await dialog.getByLabel(/^by/).fill("ann");
    await dialog.getByLabel(/^ok/).selectOption({ label: "true" });
    await dialog.getByRole("button", { name: "Answer" }).click();

    const { data } = await scene.work.event(runs.waiting, "SignalReceived");
    expect(data.name).toBe("decision");
    await dialog.waitFor({ state: "detached" });
    const picture = await waitUntil(async () => {
      const { state } = (await scene.ask(`/api/runs/${runs.waiting}/state`)) as StateAnswer;
      const picture = pictureFromPlain(runs.waiting, state);
      expect(picture.summary.state).toBe("COMPLETED");
      return picture;
    }, patience);
    expect(picture.summary.children).toBe(1); // the answer said to go on
  });

  test("a run is cancelled with a reason, and the screen says so at once", async () => {
    const run = await scene.work.start("approval");
    await scene.work.event(run, "SignalAwaited");
    const { page } = await scene.page(`/runs/${run}`);
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await page.getByLabel("Reason").fill("a test");
    await page.getByRole("button", { name: "Cancel the run" }).click();

    const { data } = await scene.work.event(run, "RunCancelRequested");
    expect(data.reason).toBe("a test");
    await page.getByText("a test").first().waitFor();
  });

  test("a run is paused with a reason, and resumed; a question to a person alone is no pause", async () => {
    const run = await scene.work.start("approval");
    await scene.work.event(run, "SignalAwaited");
    const { page } = await scene.page(`/runs/${run}`);
    const resume = page.getByRole("button", { name: "Resume", exact: true });
    await page.getByRole("button", { name: "Answer" }).waitFor();
    expect(await resume.count()).toBe(0);
    expect(await actionsOf(run)).toContain("pause");
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Pause…" }).click();
    await page.getByLabel("Reason").fill("the warehouse counts");
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole("button", { name: "Pause the run" }).click();

    const { data } = await scene.work.event(run, "RunPaused");
    expect(data.reason).toBe("the warehouse counts");
    await resume.click();
    expect(await actionsOf(run)).toContain("resume");
    await page.getByText("Paused because: the warehouse counts").waitFor();
    await page.getByLabel("Reason").fill("it has counted");
    await page.getByRole("button", { name: "Resume the run" }).click();

    expect((await scene.work.event(run, "RunResumed")).data.reason).toBe("it has counted");
    await resume.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Answer" }).waitFor();
  });

  async function actionsOf(run: string): Promise<readonly string[]> {
    return ((await scene.ask(`/api/runs/${run}`)) as { readonly actions: readonly string[] }).actions;
  }

  test("hostile texts are shown and do nothing", async () => {
    const run = await scene.work.start("browser_orders", { isBroken: true, note: hostile });
    await scene.work.ending(run);
    for (const tab of ["timeline", "graph", "events", "log"]) {
      const { page, problems } = await scene.page(`/runs/${run}?tab=${tab}&call=load%231`);
      await page.getByRole("complementary").getByText("ECONNREFUSED").first().waitFor();
      expect(await page.evaluate("globalThis.harmed")).toBeUndefined();
      expect(problems).toEqual([]);
    }
  });
});

interface StateAnswer {
  readonly state: Readonly<Record<string, unknown>>;
  readonly why: readonly { readonly text: string }[];
}
