import { CommanderError } from "commander";
import { EngineError } from "../base/errors.ts";
import { exits } from "./outcome.ts";
import { printFailure } from "./print.ts";
import { createProgram } from "./program.ts";

/** What went wrong with the command line itself, in our form; null = help or version was asked for. */
function toUsageError(error: unknown): unknown {
  if (!(error instanceof CommanderError)) return error;
  if (error.exitCode === 0) return null;
  const text = error.message.replace(/^error: /, "").replaceAll(/\s*\n\s*/g, " ");
  return new EngineError(
    "OPTION_INVALID",
    `${text.charAt(0).toUpperCase()}${text.slice(1)}. See: millrace --help`,
  );
}

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0); // `millrace … | head` has seen enough
});

let exitCode = 0;

try {
  await createProgram((code) => {
    exitCode = code;
  }).parseAsync();
} catch (thrown) {
  const error = toUsageError(thrown);
  const isHelp = thrown instanceof CommanderError && thrown.code === "commander.help"; // no command was given
  if (isHelp) exitCode = exits.wrongInput;
  else if (error !== null) exitCode = printFailure(error);
}
// The user's files may keep things open; what was printed has to arrive first.
process.stdout.write("", () => process.exit(exitCode));
