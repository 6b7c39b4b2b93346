import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { inject } from "vitest";
import { publishFlows } from "../../src/redis/flow-cards.ts";
import { type RunningServer, type ServerOptions, startServer } from "../../src/server/start-server.ts";
import { toFlowCards } from "../../src/workers/flow-cards.ts";
import { chromiumFlags, chromiumPath } from "./chromium.ts";
import { WorkerScene } from "./worker-scene.ts";

export type Theme = "light" | "dark" | "contrast";

export interface OpenPage {
  readonly page: Page;
  readonly problems: readonly string[]; // what the page threw or complained of
  readonly foreign: readonly string[]; // requests to anybody but our server
}

const usual: ServerOptions = {
  host: "127.0.0.1",
  port: 0,
  basePath: "",
  projects: true,
  grafana: null,
  trace: null,
};

/** A real server on a namespace of its own, with workers in this process, and a real browser. */
export class BrowserScene {
  readonly work: WorkerScene;
  readonly url: string; // of the server, also after a restart
  readonly #options: ServerOptions;
  readonly #browser: Browser;
  readonly #contexts: BrowserContext[] = [];
  #server: RunningServer | null;

  private constructor(work: WorkerScene, options: ServerOptions, server: RunningServer, browser: Browser) {
    this.work = work;
    this.url = server.url;
    this.#options = { ...options, port: Number(new URL(server.url).port) };
    this.#server = server;
    this.#browser = browser;
  }

  static async open(
    given: Partial<ServerOptions> = {},
    redisUrl = inject("redisUrl"),
  ): Promise<BrowserScene> {
    if (chromiumPath === null) throw new Error("no Chromium on this machine");
    const work = await WorkerScene.open(redisUrl);
    process.env["MILLRACE_REDIS_URL"] = redisUrl;
    process.env["MILLRACE_NAMESPACE"] = work.client.store.namespace.name;
    const options = { ...usual, ...given };
    const server = await startServer(options);
    const browser = await chromium.launch({ executablePath: chromiumPath, args: chromiumFlags });
    return new BrowserScene(work, options, server, browser);
  }

  async stopServer(): Promise<void> {
    await this.#server?.stop();
    this.#server = null;
  }

  /** The server again, where it was. */
  async startServer(): Promise<void> {
    this.#server = await startServer(this.#options);
  }

  /** A worker that serves these flows, and tells of them. */
  async serve(...flows: readonly string[]): Promise<void> {
    const { redis, namespace } = this.work.client.store;
    await publishFlows(redis, namespace.name, toFlowCards(flows, new Map()));
    await this.work.worker(flows);
  }

  /** The server as a process of its own, in place of the one in this process. */
  async serveBy(start: (port: number) => Promise<void>): Promise<void> {
    await this.stopServer();
    await start(this.#options.port);
  }

  /** A page in a browser profile of its own. */
  async page(path: string, width = 1_440): Promise<OpenPage> {
    const height = width < 600 ? 844 : 900;
    const context = await this.#browser.newContext({
      viewport: { width, height },
      reducedMotion: "reduce",
    });
    this.#contexts.push(context);
    context.setDefaultTimeout(15_000);
    return this.#openIn(context, path);
  }

  /** Another tab of the same browser profile. */
  async tab(beside: Page, path: string): Promise<OpenPage> {
    return this.#openIn(beside.context(), path);
  }

  async #openIn(context: BrowserContext, path: string): Promise<OpenPage> {
    const page = await context.newPage();
    const problems: string[] = [];
    const foreign: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(this.url) && !url.startsWith("data:")) foreign.push(url);
    });
    await page.goto(this.url + path.replace(/^\//, ""));
    return { page, problems, foreign };
  }

  /** Another theme for a page, as the menu would choose it. */
  async paint(page: Page, theme: Theme): Promise<void> {
    await page.evaluate(`document.documentElement.dataset.theme = "${theme}"`);
  }

  /** What the API answers, without a browser. */
  async ask(path: string): Promise<unknown> {
    const response = await fetch(this.url + path.replace(/^\//, ""));
    return response.json();
  }

  async closePages(): Promise<void> {
    for (const context of this.#contexts.splice(0)) await context.close();
  }

  async end(): Promise<void> {
    await this.closePages();
    await this.#browser.close();
    await this.stopServer();
    await this.work.end();
    delete process.env["MILLRACE_REDIS_URL"];
    delete process.env["MILLRACE_NAMESPACE"];
  }
}

type About = "everything" | "colours";

/** What is to be looked at where a page is shown in one theme after another: they differ in colours only. */
export function aboutIn(theme: Theme): About {
  return theme === "light" ? "everything" : "colours";
}

/** What axe finds wrong with a page, in a line each. */
export async function accessibilityProblems(
  page: Page,
  about: About = "everything",
): Promise<readonly string[]> {
  // What is right needs no report; without frames, no page beside it has to gather what was found.
  const axe = new AxeBuilder({ page }).options({ resultTypes: ["violations"] }).setLegacyMode(true);
  if (about === "colours") axe.withRules(["color-contrast", "link-in-text-block"]);
  const { violations } = await axe.analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target.join(" ")}: ${failureSummary ?? ""}`),
  );
}
