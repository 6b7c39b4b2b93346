import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { completionScript } from "../../../src/cli/completion.ts";
import { createProgram } from "../../../src/cli/program.ts";

const program = createProgram(() => undefined);

/** What bash would offer after these words, with a `millrace` that knows two runs. */
function offered(...words: readonly string[]): readonly string[] {
  const script = `
    millrace() { echo "brisk-otter calm-lynx"; }
    ${completionScript(program, "bash")}
    COMP_WORDS=(millrace "$@"); COMP_CWORD=$#; _millrace; echo "\${COMPREPLY[@]}"`;
  const text = execFileSync("bash", ["-c", script, "bash", ...words], { encoding: "utf8" });
  return text.trim().split(" ");
}

test("bash completes commands, commands of commands, options and names of runs", () => {
  expect(offered("ca")).toEqual(["cancel"]);
  expect(offered("runs", "")).toEqual(expect.arrayContaining(["ls", "get", "watch"]));
  expect(offered("runs", "get", "--j")).toEqual(["--json"]);
  expect(offered("runs", "get", "b")).toEqual(["brisk-otter"]);
  expect(offered("cancel", "--reason", "x", "calm")).toEqual(["calm-lynx"]);
  expect(offered("__")).toEqual([""]);
});

test.each(["bash", "zsh", "fish"] as const)("the script for %s knows every command", (shell) => {
  const script = completionScript(program, shell);

  for (const command of program.commands.filter((each) => !each.name().startsWith("_")))
    expect(script).toContain(command.name());
  expect(script).toContain(shell === "fish" ? "millrace __complete runs" : 'millrace __complete "$takes"');
});
