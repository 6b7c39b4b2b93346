import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { checkWeb } from "../support/web-architecture.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const leastFiles = 40; // a checker that sees nothing is green

describe("the browser's code", () => {
  test("keeps the law of its rooms", () => {
    const { files, violations } = checkWeb(root);

    expect(violations).toEqual([]);
    expect(files).toBeGreaterThan(leastFiles);
  });
});

describe("the checker", () => {
  const folders: string[] = [];

  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  function judge(path: string, text: string): readonly string[] {
    const folder = mkdtempSync(join(tmpdir(), "millrace-web-"));
    folders.push(folder);
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    return checkWeb(folder).violations;
  }

  test("is content with what the table allows", () => {
    const text = `import { x } from "../../src/base/durations.ts";
      import type { T } from "../../src/server/contract/runs.ts";
      import { Button } from "../ui/button.tsx";
      export const a = () => <Button>{x as T}</Button>;`;

    expect(judge("web/runs/good.tsx", text)).toEqual([]);
  });

  test.each([
    ["the server", "web/runs/bad.ts", `import "../../src/server/server.ts";`, "src/server/server.ts"],
    ["a shell room", "web/runs/bad.ts", `import type { a } from "../../src/redis/a.ts";`, "src/redis/a.ts"],
    ["an arrow down", "web/ui/bad.ts", `import "../runs/runs-search.ts";`, "web/runs/runs-search.ts"],
    ["a lazy arrow down", "web/ui/bad.tsx", `const a = import("../app/shell.tsx");`, "web/app/shell.tsx"],
    ["a foreign package", "web/runs/bad.ts", `import "uplot";`, "the package uplot"],
    ["Node", "web/runs/bad.ts", `import "node:fs";`, "the package node:fs"],
  ])("reports %s", (_what, path, text, wrong) => {
    expect(judge(path, text)).toEqual([`${path}: may not import ${wrong}`]);
  });

  test("reports a room that is not in the table, and a long file", () => {
    const [room, size] = judge("web/helpers/bad.ts", "\n".repeat(251));

    expect(room).toContain("251 lines");
    expect(size).toContain("helpers is not a room");
  });
});
