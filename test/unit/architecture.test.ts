import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { checkTree, rooms } from "../support/architecture.ts";

const src = fileURLToPath(new URL("../../src", import.meta.url));
const leastFiles = 10; // raise it as the tree grows: a checker that sees nothing is green

describe("the source tree", () => {
  test("keeps the law of the rooms", () => {
    const { files, violations } = checkTree(src);

    expect(violations).toEqual([]);
    expect(files).toBeGreaterThan(leastFiles);
  });
});

describe("the checker", () => {
  const folders: string[] = [];

  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  /** What the checker says about a tree of these files and an empty file in each room. */
  function judge(files: Record<string, string>): readonly string[] {
    const root = mkdtempSync(join(tmpdir(), "millrace-architecture-"));
    folders.push(root);
    const bystanders = Object.keys(rooms).map((room) => [`${room}/a.ts`, "export const a = 1;\n"]);
    for (const [path, text] of [...bystanders, ...Object.entries(files)] as [string, string][]) {
      mkdirSync(join(root, dirname(path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return checkTree(root).violations;
  }

  test("is content with what the table allows", () => {
    const verdict = judge({
      "index.ts": `export { a } from "./redis/a.ts";\nexport type { T } from "./engine/ok.ts";\n`,
      "events.ts": `export { a } from "./events/a.ts";\n`,
      "events/codec.ts": `import { pack } from "msgpackr";\nimport * as z from "zod/v4";\nexport const b = [pack, z];\n`,
      "engine/ok.ts": `// Date.now() and process in a comment\nimport { a } from "../base/a.ts";\nexport type T = typeof a;
        export const text = "process console Date.now()"; export const b = \`setTimeout \${a}\`;
        export const later = (at: number, port: { setTimeout(): void }) => [new Date(at), port.setTimeout()];\n`,
      "sdk/context.ts": `import { AsyncLocalStorage } from "node:async_hooks";\nexport const b = AsyncLocalStorage;\n`,
      "redis/ok.ts": `import { Redis } from "ioredis";\nimport { readFileSync } from "node:fs";
        import { a } from "../sdk/a.ts";\nexport const b = [Redis, readFileSync, a, Date.now()];\n`,
      "redis/scripts/append-events.lua": "return 1\n",
    });

    expect(verdict).toEqual([]);
  });

  test.each([
    [
      "an arrow that points down",
      "engine/bad.ts: may not import redis/a.ts",
      `import { a } from "../redis/a.ts";`,
    ],
    [
      "a type-only arrow",
      "engine/bad.ts: may not import redis/a.ts",
      `import type { a } from "../redis/a.ts";`,
    ],
    [
      "an import inside a type",
      "engine/bad.ts: may not import sdk/a.ts",
      `type T = import("../sdk/a.ts").T;`,
    ],
    ["a dynamic import", "engine/bad.ts: may not import sdk/a.ts", `const m = await import("../sdk/a.ts");`],
    ["the public root", "engine/bad.ts: may not import index.ts", `import { a } from "../index.ts";`],
    [
      "a thread",
      "engine/bad.ts: may not import workers/a.ts",
      `new URL("../workers/a.ts", import.meta.url);`,
    ],
    ["a foreign package", "engine/bad.ts: may not import the package zod", `import { z } from "zod";`],
    ["a package of one file", "events/bad.ts: may not import the package msgpackr", `import "msgpackr";`],
    ["a scoped package", "redis/bad.ts: may not import the package @a/b", `import "@a/b/c";`],
    ["BullMQ outside workers", "redis/bad.ts: may not import the package bullmq", `import "bullmq";`],
    ["Node in a pure room", "sdk/bad.ts: may not import node:async_hooks", `import "node:async_hooks";`],
    [
      "a re-export",
      "engine/bad.ts: only index.ts, events.ts, testing.ts, postgres.ts re-export",
      `export { a } from "../base/a.ts";`,
    ],
    ["a late re-export", "sdk/bad.ts: only index", `import { a } from "../base/a.ts"; export { a };`],
    ["a clock", "base/bad.ts: a pure room may not use Date.now", "export const at = () => Date.now();"],
    ["a hidden clock", "base/bad.ts: a pure room may not use Date.now", `export const at = Date["now"]();`],
    ["today", "base/bad.ts: a pure room may not use Date()", "export const at = new Date();"],
    ["chance", "events/bad.ts: a pure room may not use Math.random", "export const p = Math.random();"],
    ["a timer", "engine/bad.ts: a pure room may not use setImmediate", "setImmediate(() => {});"],
    [
      "a global timer",
      "engine/bad.ts: a pure room may not use globalThis.s",
      "globalThis.setTimeout(() => {});",
    ],
    ["the environment", "sdk/bad.ts: a pure room may not use process", "export const b = `${process.env}`;"],
    ["printing", "projections/bad.ts: a pure room may not use console", "console.log(1);"],
    ["an index file", "engine/index.ts: a room has no index.ts", ""],
    ["a name not in kebab-case", "engine/BadName.ts: the file name is not kebab-case", ""],
    ["a long file", "redis/bad.ts: 251 lines, at most 250", "\n".repeat(251)],
    ["a file outside the rooms", "bad.ts: a file outside the rooms", ""],
    ["a new room", "helpers/bad.ts: helpers is not a room", ""],
  ])("reports %s", (_what, expected, text) => {
    const path = expected.slice(0, expected.indexOf(":"));

    expect(judge({ [path]: text })).toEqual([expect.stringContaining(expected)]);
  });

  test("reports a cycle of types", () => {
    const verdict = judge({
      "engine/one.ts": `import type { Two } from "./two.ts";\nexport type One = Two;\n`,
      "engine/two.ts": `import type { One } from "./one.ts";\nexport type Two = One;\n`,
    });

    expect(verdict).toEqual(["cycle: engine/one.ts -> engine/two.ts -> engine/one.ts"]);
  });

  test("reports a room that is gone", () => {
    const root = mkdtempSync(join(tmpdir(), "millrace-architecture-"));
    folders.push(root);

    expect(checkTree(root)).toEqual({
      files: 0,
      violations: Object.keys(rooms).map((room) => `${room}: the room is missing`),
    });
  });
});
