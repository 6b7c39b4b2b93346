import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { createProgram } from "../../../src/cli/program.ts";

const page = readFileSync(new URL("../../../docs/reference/cli.md", import.meta.url), "utf8");

/** Every command that does something, by its full name. */
function leaves(command: Command, path: readonly string[] = []): (readonly [string, Command])[] {
  if (command.commands.length === 0) return [[path.join(" "), command]];
  const shown = command.commands.filter((child) => !child.name().startsWith("_")); // the others are for shells
  return shown.flatMap((child) => leaves(child, [...path, child.name()]));
}

const commands = leaves(createProgram(() => undefined));

describe("docs/reference/cli.md", () => {
  test.each(commands)("has the options of %s, and no others", (name, command) => {
    const section = new RegExp(`^## ${name}(?: [A-Z.]+)*\\n([^]*?)(?=^## )`, "m").exec(page)?.[1] ?? "";
    const written = [...section.matchAll(/^\| (?:`(-\w)`, )?`(--[\w-]+)/gm)].map(([, short, long]) => [
      short,
      long,
    ]);

    const known = command.options.map(({ short, long }) => [short, long]);
    expect(written.map(String).sort()).toEqual(known.map(String).sort());
  });

  test("lists every command", () => {
    const listed = [...page.matchAll(/^\| `([a-z]+(?: [a-z]+)?)(?: [A-Z.]+)*` \|/gm)].map(([, name]) => name);

    expect(listed).toEqual(commands.map(([name]) => name));
  });
});
