import type { Command } from "commander";
import { EngineError } from "../base/errors.ts";
import type { SetLimitCommand } from "./commands/limits.ts";

type OnExit = (code: number) => void; // hears the exit code of the command that was run

/** `limits`: how many tasks may run at the same time, or in a second. */
export function addLimits(program: Command, onExit: OnExit): void {
  const limits = program
    .command("limits")
    .description("look at limits of concurrency and rate, and set them");
  limits
    .command("ls")
    .description("list limits: slots, how many are taken, and who waits")
    .option("--json", "print one JSON object a line")
    .action(async (options: { json?: boolean }) => {
      const { limitsCommand } = await import("./commands/limits.ts");
      onExit(await limitsCommand(options));
    });
  limits
    .command("set")
    .description("set a limit for all code that names it, at once; it wins over the code's")
    .argument("<name>", "key of the limit")
    .requiredOption("--slots <n>", "so many at the same time; 0 = nothing begins any more", toSlots)
    .option("--decay <n>", "a rate: slots become free by themselves, so many a second", toDecay)
    .option("--json", "print JSON")
    .action(async (name: string, options: SetLimitCommand) => {
      const { setLimitCommand } = await import("./commands/limits.ts");
      onExit(await setLimitCommand(name, options));
    });
  limits
    .command("rm")
    .description("leave a limit to the code again")
    .argument("<name>", "key of the limit")
    .action(async (name: string) => {
      const { removeLimitCommand } = await import("./commands/limits.ts");
      onExit(await removeLimitCommand(name));
    });
  limits
    .command("watch")
    .description("print every change, until Ctrl-C")
    .option("--json", "print one JSON object a line")
    .action(async (options: { json?: boolean }) => {
      const { watchLimitsCommand } = await import("./commands/limits.ts");
      onExit(await watchLimitsCommand(options));
    });
}

function toSlots(text: string): number {
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new EngineError(
    "OPTION_INVALID",
    `--slots must be a whole number from 0 up, and is ${JSON.stringify(text)}.`,
  );
}

function toDecay(text: string): number {
  const value = Number(text);
  if (value >= 0.000001 && value <= 1_000_000) return value;
  throw new EngineError(
    "OPTION_INVALID",
    `--decay must be a number above 0, the slots that become free in a second, and is ${JSON.stringify(text)}.`,
  );
}
