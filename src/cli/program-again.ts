import type { Command } from "commander";
import type { ForkCommand, RetryCommand } from "./commands/again.ts";
import { toWhole } from "./parameters.ts";

type OnExit = (code: number) => void;

/** Commands that let a run go on from what it has: under its own id, or as a new run. */
export function addAgain(program: Command, onExit: OnExit): void {
  program
    .command("retry")
    .description("begin another attempt of a run that failed, crashed or was cancelled; results are kept")
    .argument("<run>", "id, beginning of the id, or name")
    .option("--reason <text>", "why; it stands in the history")
    .option("--json", "print JSON")
    .action(async (run: string, options: RetryCommand) => {
      const { retryCommand } = await import("./commands/again.ts");
      onExit(await retryCommand(run, options));
    });
  program
    .command("fork")
    .description(
      "make a new run that shares the history of another one up to a point, and goes on from there",
    )
    .argument("<run>", "id, beginning of the id, or name")
    .option(
      "--turn <n>",
      "share everything up to this turn (default: only the parameters)",
      toWhole("--turn"),
    )
    .option("--task <key>", "share everything up to the call of this task, which is done again")
    .option("--args <json>", "other arguments for that task, as a JSON list")
    .option("--json", "print JSON")
    .action(async (run: string, options: ForkCommand) => {
      const { forkCommand } = await import("./commands/again.ts");
      onExit(await forkCommand(run, options));
    });
}
