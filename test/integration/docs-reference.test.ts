import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { exportedNames, pagesOfDocs, root } from "../support/markdown-examples.ts";

const read = (page: string): string => readFileSync(join(root, page), "utf8");
const decisions = readdirSync(join(root, "docs/decisions")).filter((name) => /^\d{4}-/.test(name));
const pages = [...pagesOfDocs(), "CHANGELOG.md", "docs/decisions/README.md"];

/** Names that an entry of the package exports, and its section of the API reference does not have. */
function missingIn(heading: string, entry: string): readonly string[] {
  const [, section = ""] = read("docs/reference/api.md").split(heading);
  return exportedNames(entry).filter((name) => !new RegExp(`\`${name}\\b`).test(section));
}

test("every export of the package has a heading in the API reference, and no other name has one", () => {
  const headings = [...read("docs/reference/api.md").matchAll(/^### `(\w+)`$/gm)].map(([, name]) => name);

  expect(exportedNames().length).toBeGreaterThan(30);
  expect(new Set(headings)).toEqual(new Set(exportedNames()));
});

test("every export for readers of the log, and for tests, stands in the API reference", () => {
  expect(missingIn("## `millrace/events`", "src/events.ts")).toEqual([]);
  expect(missingIn("## `millrace/testing`", "src/testing.ts")).toEqual([]);
});

test("every page is in the index of the documentation, every decision and every runbook in theirs", () => {
  const index = read("docs/README.md");
  const table = read("docs/decisions/README.md");
  const missing = pagesOfDocs().filter((page) => page !== "README.md" && page !== "docs/README.md");

  expect(missing.length).toBeGreaterThan(8);
  const isRunbook = (page: string): boolean => /^docs\/runbooks\/(?!README)/.test(page);
  const isListed = (page: string): boolean =>
    isRunbook(page)
      ? read("docs/runbooks/README.md").includes(`(${page.replace("docs/runbooks/", "")})`)
      : index.includes(`(${page.replace(/^docs\//, "")})`);
  expect(missing.filter((page) => !isListed(page))).toEqual([]);
  expect(decisions.filter((name) => !table.includes(`(${name})`))).toEqual([]);
});

test.each(pages)("the links of %s lead somewhere", (page) => {
  const prose = read(page).replaceAll(/^```[^]*?^```$/gm, "");
  const links = [...prose.matchAll(/\]\((?!\w+:)([^)#]*)(?:#([^)]*))?\)/g)];
  const dead = links.filter(([, path = "", anchor]) => {
    const target = path === "" ? page : join(dirname(page), path);
    return !existsSync(join(root, target)) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
  });

  expect(dead.map(([link]) => link)).toEqual([]);
});

/** As GitHub makes them of headings. */
function anchorsOf(page: string): readonly string[] {
  return [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}

test.each(["guarantees", "recovery"])("the tests that the page on %s names are there", (page) => {
  const named = [...read(`docs/explanation/${page}.md`).matchAll(/`(test\/[\w/.-]+\.ts)`(?:: "([^"]+)")?/g)];
  const missing = named.filter(
    ([, file = "", name = ""]) => !existsSync(join(root, file)) || !read(file).includes(name),
  );

  expect(named.length).toBeGreaterThan(10);
  expect(missing.map(([text]) => text)).toEqual([]);
});
