import { spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EmbeddedRedis, openEmbedded } from "../../src/redis/embedded.ts";
import { PageRun, writeNpx } from "../support/example-runs.ts";
import { type Block, pagesOfDocs, readBlocks, writeProject } from "../support/markdown-examples.ts";
import { hasPostgres, TestPostgres } from "../support/postgres-server.ts";

const pages = pagesOfDocs();
const needsPostgres = new Set(["docs/how-to/exactly-once-with-postgres.md"]);
const pagesToRun = pages.filter((page) => !needsPostgres.has(page) || hasPostgres());
const blocks = pages.flatMap((page) => readBlocks(page));
const project = realpathSync(mkdtempSync(join(tmpdir(), "millrace-docs-")));
const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
const leastBlocks = 60; // raise it as the pages grow: a test that finds no examples is green
const atOnce = 2; // pages, and programs of a page

/** Lets so many in; the others wait. */
class Gate {
  readonly #waiting: (() => void)[] = [];
  #free = atOnce;

  async enter(): Promise<void> {
    this.#free -= 1;
    if (this.#free >= 0) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  leave(): void {
    this.#free += 1;
    this.#waiting.shift()?.();
  }
}

const gate = new Gate();

describe("the examples of the pages", () => {
  let store: EmbeddedRedis | null = null;
  let postgres: TestPostgres | null = null;

  beforeAll(async () => {
    writeProject(project, blocks);
    writeNpx(project);
    if (hasPostgres()) postgres = await TestPostgres.start();
    store = await openEmbedded({ dir: join(project, "store") }); // one server for all, from the first to the last
  });

  afterAll(async () => {
    await store?.close();
    await postgres?.stop();
    rmSync(project, { recursive: true, force: true });
  });

  test(`are more than ${leastBlocks}, and most of them are run`, () => {
    const programs = blocks.filter(({ language }) => language === "ts");
    const fragments = programs.filter(({ marks }) => marks.has("fragment"));

    expect(programs.length).toBeGreaterThan(leastBlocks);
    expect(fragments.length).toBeLessThan(programs.length / 4);
  });

  test("have a language, and marks that mean something", () => {
    const known = new Set(["throws", "file", "fragment", "signature", "view", "exit", "terminal", "kill"]);
    const strange = blocks.filter(
      ({ language, marks }) => language === "" || [...marks.keys()].some((mark) => !known.has(mark)),
    );

    expect(strange.map(({ page, line }) => `${page}:${line}`)).toEqual([]);
  });

  test("are of the right types", () => {
    const { stdout } = spawnSync(process.execPath, [tsc, "-p", ".", "--pretty", "false"], {
      cwd: project,
      encoding: "utf8",
    });
    const complaints = stdout.split(/\n(?=\S)/).filter((text) => !text.startsWith("..")); // the source has its own check

    expect(complaints.join("\n").trim()).toBe("");
  }, 60_000);

  // Pages wait a lot, for leases of processes that were killed: two at a time.
  test.concurrent.each(pagesToRun)("of %s run", { timeout: 240_000 }, async (page) => {
    await gate.enter();
    const problems = await play(page, postgres?.env ?? {}).finally(() => gate.leave());

    expect(problems.join("\n")).toBe("");
  });
});

/** Does what the page tells, and gives what went wrong. */
async function play(page: string, env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const run = new PageRun(project, page, env);
  const story = blocks.filter((block) => block.page === page);
  const together = page.startsWith("docs/reference/") ? story.filter(isPlainProgram) : []; // many, and small
  const problems = [await run.playTogether(together)];
  for (const group of groups(story.filter((block) => !together.includes(block)))) {
    problems.push(...(await Promise.all(group.map(async (block) => run.play(block)))));
  }
  problems.push(await run.close());
  return problems.filter((problem) => problem !== null);
}

function isPlainProgram({ language, marks }: Block): boolean {
  return language === "ts" && marks.size === 0;
}

/** Blocks that may run at the same time: programs of their own; what tells a story goes on by itself. */
function groups(story: readonly Block[]): readonly (readonly Block[])[] {
  const made: Block[][] = [];
  for (const block of story) {
    const last = made.at(-1);
    if (last === undefined || last.length === atOnce || !isAlone(block) || !last.every(isAlone))
      made.push([block]);
    else last.push(block);
  }
  return made;
}

function isAlone({ language, marks }: Block): boolean {
  return language !== "sh" && !marks.has("file");
}
