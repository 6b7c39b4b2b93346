import { Argument, type Command } from "commander";
import type { Shell, Taken } from "./completion.ts";

type OnExit = (code: number) => void; // hears the exit code of the command that was run

/** `completion`, and what the scripts that it prints ask for. */
export function addCompletion(program: Command, onExit: OnExit): void {
  program
    .command("completion")
    .description("print a script that completes commands, options and names in a shell")
    .addArgument(new Argument("<shell>", "the shell").choices(["bash", "zsh", "fish"]))
    .action(async (shell: Shell) => {
      const { completionScript } = await import("./completion.ts");
      const { out } = await import("./print.ts");
      out(completionScript(program, shell).trimEnd());
      onExit(0);
    });
  program
    .command("__complete", { hidden: true })
    .addArgument(new Argument("<what>").choices(["runs", "flows"]))
    .action(async (what: Taken) => {
      const { completeCommand } = await import("./commands/complete.ts");
      onExit(await completeCommand(what));
    });
}
