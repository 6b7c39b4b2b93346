import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { runKey } from "../../src/redis/keys.ts";
import { sendSignal } from "../../src/workers/client-run.ts";
import { BrowserScene } from "../support/browser-scene.ts";
import { BrowserVisits, livePath } from "../support/browser-visits.ts";
import { chromiumPath } from "../support/chromium.ts";
import { waitUntil } from "../support/wait-until.ts";
import "../fixtures/flows/screens.ts";
import "../fixtures/flows/two-gates.ts";

const patience = { timeoutMs: 15_000 };

describe.skipIf(chromiumPath === null)("what is on the screen is the present", () => {
  let scene: BrowserScene;
  let visits: BrowserVisits;

  beforeAll(async () => {
    visits = new BrowserVisits();
    scene = await BrowserScene.open();
    await scene.serve("etl", "two_gates");
  }, 60_000);

  afterEach(async () => scene.closePages());
  afterAll(async () => {
    await scene.end();
    visits.end();
  });

  const says = (page: Page, word: string) => page.getByRole("status").getByText(word, { exact: true });
  const isLive = async (page: Page): Promise<void> => says(page, "live").waitFor();
  const isReconnecting = async (page: Page): Promise<void> => says(page, "reconnecting").waitFor();
  const send = async (run: string, signal: string): Promise<void> =>
    sendSignal(scene.work.client, { run, signal, payload: null, key: signal });
  const streams = async (count: number): Promise<void> =>
    waitUntil(async () => expect(visits.streams).toBe(count), patience);

  /** What was asked for after a mark, without the stream; the list's own columns of counts are asked for after news. */
  const questions = (mark: number): readonly string[] =>
    visits.since(mark).filter((path) => path !== livePath && path !== "/api/runs/histogram");

  test("a run that starts elsewhere is seen to its end, and nothing is asked for but the stream", async () => {
    const earlier = await scene.work.start("etl", { pages: 1 });
    await scene.work.ending(earlier);
    const { page: runs } = await scene.page("/runs");
    await runs.locator(`[data-row="${earlier}"]`).waitFor();
    await isLive(runs);
    const opened = visits.since(0);
    expect(opened).toContain("/api/runs"); // what pages ask for is seen here,
    expect(opened).toContain(livePath); // and what their worker asks for
    const begin = visits.length;

    const answer = await fetch(`${scene.url}api/runs`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-millrace-request": "1" },
      body: JSON.stringify({ flow: "two_gates" }),
    });
    const { run } = (await answer.json()) as { readonly run: string };
    await runs.getByRole("button", { name: "1 new run" }).waitFor();
    expect(questions(begin)).toEqual([]);
    const load = visits.length;
    await runs.keyboard.press(".");
    const row = runs.locator(`[data-row="${run}"]`);
    await row.getByText("Waiting").waitFor();
    expect(questions(load)).toEqual(["/api/runs"]); // somebody asked for it

    const { page: one } = await scene.tab(runs, `/runs/${run}?tab=tasks`);
    const calls = one.getByRole("grid", { name: "Calls" });
    await calls.getByText("double#1", { exact: true }).waitFor();
    await isLive(one);
    const mark = visits.length;
    const asked: string[] = [];
    one.on("request", (request) => asked.push(request.url()));
    await send(run, "first");
    await calls.getByText("double#2[2]", { exact: true }).waitFor();
    await send(run, "second");
    await one.locator("article header").getByText("Completed").waitFor();
    await row.getByText("Completed").waitFor();

    expect(await calls.locator("[data-row]").count()).toBe(7); // five tasks, two signals
    expect(asked).toEqual([]);
    expect(questions(mark)).toEqual([]);
    await one.reload();
    expect(asked.length).toBeGreaterThan(0);
  });

  test("a stream that is cut, and a server that goes and comes back, cost no event, and none is shown twice", async () => {
    const run = await scene.work.start("two_gates");
    const { page, problems } = await scene.page(`/runs/${run}?tab=events`);
    await page.getByRole("grid", { name: "Events" }).getByText("SignalAwaited").waitFor();
    await isLive(page);
    visits.cut();
    await isReconnecting(page);
    visits.mend();
    await isLive(page);
    await scene.stopServer();
    await isReconnecting(page);
    const before = (await scene.work.events(run)).length;
    await send(run, "first");
    await waitUntil(async () => {
      const waits = (await scene.work.events(run)).filter(({ type }) => type === "SignalAwaited");
      expect(waits).toHaveLength(2);
    }, patience);
    const mark = visits.length;
    await scene.startServer();
    await isLive(page);
    await send(run, "second");
    await scene.work.ending(run);

    const { redis, namespace } = scene.work.client.store;
    const length = await redis.xlen(runKey(namespace, run));
    expect(length).toBeGreaterThan(before + 5);
    await page.getByText(`${length} events`, { exact: true }).waitFor();
    const shown = await positions(page);
    expect(shown.toSorted((one, other) => one - other)).toEqual(Array.from({ length }, (_, n) => n + 1));
    expect(questions(mark)).toEqual([]); // the stream itself went on where it stopped
    expect(problems).toEqual([]);
  });

  test("the log goes on where it was: with news come the lines that follow, and none again", async () => {
    const run = await scene.work.start("two_gates");
    await scene.work.event(run, "SignalAwaited");
    const { page } = await scene.page(`/runs/${run}?tab=log`);
    const lines = page.getByRole("region", { name: "Lines of the log" });
    await lines.getByText("Beginning flow run").waitFor();
    await isLive(page);
    const answers: Promise<unknown>[] = [];
    page.on("response", (response) => {
      if (response.url().includes("/logs")) answers.push(response.json());
    });
    await send(run, "first");
    await lines.getByText("Submitted to queue 'default'").nth(2).waitFor(); // three of a map

    const pages = await Promise.all(answers);
    expect(pages.length).toBeGreaterThan(0);
    for (const page of pages) expect(page).toMatchObject({ anew: false });
    expect(await lines.getByText("Beginning flow run").count()).toBe(1);
  });

  test("the tabs of a browser share one stream, and each says that it is live", async () => {
    await streams(0);
    const { page } = await scene.page("/runs");
    await isLive(page);
    await streams(1);
    for (const path of ["/runs", "/capacity"]) await isLive((await scene.tab(page, path)).page);
    await streams(1);
    const { page: other } = await scene.page("/runs"); // somebody else's browser
    await isLive(other);
    await streams(2);
  });
});

/** Of the rows in the list of events, which holds those in sight. */
async function positions(page: Page): Promise<number[]> {
  const ids = await page
    .getByRole("grid", { name: "Events" })
    .locator("[data-row]")
    .evaluateAll((rows) => rows.map((row) => row.getAttribute("data-row")));
  return ids.map(Number);
}
