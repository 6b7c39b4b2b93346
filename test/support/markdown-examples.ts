import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * A fenced block of a page. Its info string is a language and marks:
 *
 * - `ts`: a program of its own, which must end with 0;
 * - `ts throws=TEXT`: a program that must fail and say TEXT;
 * - `ts file=NAME`: a file that the page tells to write, for the commands after it;
 * - `ts fragment`: statements of a program, type-checked and not run;
 * - `ts signature=TYPE`: the declaration of an export, compared with the export by the compiler; with `view`, the
 *   export may have more than is shown;
 * - `sh`: commands; those of `npx tsx` and `npx millrace` are run, in order; `exit=N`: the last one ends so;
 *   `terminal=NAME`: they go on in the background until the page ends or a block with `kill=NAME` kills them;
 * - anything else is only shown.
 */
export interface Block {
  readonly page: string; // below the repository
  readonly line: number; // of the first line of its text, from 1
  readonly language: string;
  readonly marks: ReadonlyMap<string, string>;
  readonly text: string;
}

const fence = /^```(?<info>.*)\n(?<text>(?:(?!```).*\n)*)```$/gm;

/** The blocks of one page, in order. */
export function readBlocks(page: string): readonly Block[] {
  const markdown = readFileSync(join(root, page), "utf8");
  return [...markdown.matchAll(fence)].map(({ index, groups = {} }) => {
    const [language = "", ...marks] = (groups["info"] ?? "").split(" ").filter((word) => word !== "");
    return {
      page,
      line: markdown.slice(0, index).split("\n").length + 1,
      language,
      marks: new Map(marks.map(toMark)),
      text: groups["text"] ?? "",
    };
  });
}

function toMark(word: string): [string, string] {
  const [name = "", ...value] = word.split("=");
  return [name, value.join("=")];
}

/** Pages for users; records of decisions are of their time, and their code is not kept. */
export function pagesOfDocs(): readonly string[] {
  const files = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" });
  const pages = files.filter((file) => file.endsWith(".md") && !file.startsWith("decisions/"));
  return ["README.md", ...pages.toSorted().map((page) => `docs/${page}`)];
}

/** Where the examples of a page live in a project. */
export function folderOf(project: string, page: string): string {
  return join(project, page.replace(/\.md$/, "").replaceAll("/", "-"));
}

/** The file of a `ts` block in a project: named after its line, and with its text at that line. */
export function fileOf(project: string, { page, line }: Block): string {
  return join(folderOf(project, page), `line-${line}.ts`);
}

/** Writes a project that holds every `ts` block and finds the packages of this repository as its users do. */
export function writeProject(project: string, blocks: readonly Block[]): void {
  const source = (file: string): readonly string[] => [join(root, "src", file)];
  const paths = {
    millrace: source("index.ts"),
    "millrace/events": source("events.ts"),
    "millrace/postgres": source("postgres.ts"),
    "millrace/testing": source("testing.ts"),
  };
  const tsconfig = { extends: join(root, "tsconfig.json"), compilerOptions: { paths }, include: ["*/*.ts"] };
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify(tsconfig));
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  symlinkSync(join(root, "node_modules"), join(project, "node_modules"));
  for (const { page } of blocks) mkdirSync(folderOf(project, page), { recursive: true });
  for (const block of blocks) if (block.language === "ts") writeBlock(project, block);
}

function writeBlock(project: string, block: Block): void {
  const file = fileOf(project, block);
  writeFileSync(file, atLine(block.line, toProgram(block)));
  const name = block.marks.get("file");
  const named = join(dirname(file), basename(name ?? ""));
  if (name !== undefined && !existsSync(named)) writeFileSync(named, block.text); // blocks before may import it
}

/** A compiler's complaint then names the line of the page. */
function atLine(line: number, text: string): string {
  return `${"\n".repeat(line - 1)}${text}`;
}

function toProgram(block: Block): string {
  const signature = block.marks.get("signature");
  if (signature !== undefined) return `${block.text}${comparison(block, signature)}`;
  return block.marks.has("fragment") ? toFunction(block.text) : `${block.text}export {};\n`;
}

const importLine = /^import .*$/gm;

function toFunction(text: string): string {
  const imports = text.match(importLine) ?? [];
  return `export async function fragment() {${text.replaceAll(importLine, "")}}\n${imports.join("\n")}\n`;
}

/** What the package exports is what the page declares, and the other way round. */
function comparison({ text, marks }: Block, type: string): string {
  const name = /^\w+/.exec(type)?.[0] ?? "";
  const types = exportedNames().filter((other) => /^[A-Z]/.test(other));
  const others = types.filter((other) => other !== name && new RegExp(`\\b${other}\\b`).test(text));
  const isValue = new RegExp(`declare (?:function|class|const) ${name}\\b`).test(text);
  const [shown, real] = isValue
    ? [`typeof ${name}`, `typeof import("millrace").${name}`]
    : [type, `import("millrace").${type}`];
  return [
    `import type { ${others.join(", ")} } from "millrace";`,
    `export const toShown = (real: ${real}): ${shown} => real;`,
    marks.has("view") ? "" : `export const toReal = (shown: ${shown}): ${real} => shown;`,
    "",
  ].join("\n");
}

/** Names of values and types that the package exports from one of its entries. */
export function exportedNames(entry = "src/index.ts"): readonly string[] {
  const index = readFileSync(join(root, entry), "utf8");
  const lists = [...index.matchAll(/export (?:type )?\{([^}]*)\}/g)].map(([, list = ""]) => list);
  return lists
    .flatMap((list) => list.split(",").map((word) => word.replace(/type |.* as /, "").trim()))
    .filter(Boolean);
}
