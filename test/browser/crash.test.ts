import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { runKey } from "../../src/redis/keys.ts";
import { sendSignal } from "../../src/workers/client-run.ts";
import { BrowserScene } from "../support/browser-scene.ts";
import { chromiumPath } from "../support/chromium.ts";
import { CliScene, type Running } from "../support/cli.ts";
import { waitUntil } from "../support/wait-until.ts";
import "../fixtures/flows/two-gates.ts";

describe.skipIf(chromiumPath === null)("a server that is killed under two open tabs", () => {
  let scene: BrowserScene;
  const cli = new CliScene(inject("redisUrl"));

  beforeAll(async () => {
    scene = await BrowserScene.open();
    await scene.serve("two_gates");
  }, 60_000);
  afterAll(async () => {
    await cli.end();
    await scene.end();
  });

  const serve = async (port: number): Promise<Running> => {
    const env = { MILLRACE_NAMESPACE: scene.work.client.store.namespace.name };
    const server = cli.start(["server", "--port", String(port)], env);
    await server.until(/is at (http:\S+\/)/);
    return server;
  };
  const says = async (page: Page, word: string): Promise<void> =>
    page.getByRole("status").getByText(word, { exact: true }).waitFor({ timeout: 30_000 });
  const send = async (run: string, signal: string): Promise<void> =>
    sendSignal(scene.work.client, { run, signal, payload: null, key: signal });

  test("comes back, and no event is lost or doubled on the screen", async () => {
    const port = Number(new URL(scene.url).port);
    let server: Running | null = null;
    await scene.serveBy(async () => {
      server = await serve(port);
    });
    const run = await scene.work.start("two_gates");
    const { page: one, problems } = await scene.page(`/runs/${run}?tab=events`);
    const { page: beside } = await scene.tab(one, `/runs/${run}?tab=events`); // of the same browser
    const { page: other } = await scene.page(`/runs/${run}?tab=events`); // somebody else's
    const tabs = [one, beside, other];
    for (const page of tabs) {
      await page.getByRole("grid", { name: "Events" }).getByText("SignalAwaited").waitFor();
      await says(page, "live");
    }

    await (server as Running | null)?.end("SIGKILL");
    for (const page of tabs) await says(page, "reconnecting");
    await send(run, "first"); // the run goes on: it needs no server
    await waitUntil(
      async () => {
        const waits = (await scene.work.events(run)).filter(({ type }) => type === "SignalAwaited");
        expect(waits).toHaveLength(2);
      },
      { timeoutMs: 15_000 },
    );
    await serve(port);
    for (const page of tabs) await says(page, "live");
    await send(run, "second");
    await scene.work.ending(run);

    const { redis, namespace } = scene.work.client.store;
    const length = await redis.xlen(runKey(namespace, run));
    for (const page of tabs) {
      await page.getByText(`${length} events`, { exact: true }).waitFor();
      const rows = page.getByRole("grid", { name: "Events" }).locator("[data-row]");
      const ids = await rows.evaluateAll((found) => found.map((row) => Number(row.getAttribute("data-row"))));
      expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length }, (_, n) => n + 1));
    }
    expect(problems).toEqual([]);
  }, 120_000);
});
