import { type Command, Option } from "commander";
import type { CancelCommand } from "./commands/cancel.ts";
import type { PauseCommand } from "./commands/pause.ts";
import type { SignalCommand } from "./commands/signal.ts";
import type { StartCommand } from "./commands/start.ts";
import type { UnblockCommand } from "./commands/unblock.ts";
import type { VersionsCommand } from "./commands/versions.ts";
import { toMoment, toSpanMs } from "./instants.ts";
import { collect } from "./parameters.ts";

type OnExit = (code: number) => void; // hears the exit code of the command that was run

/** `start`, `signal`, `cancel`, `pause`, `unblock` and `versions`: what a person tells runs. */
export function addTalks(program: Command, onExit: OnExit): void {
  addStart(program, onExit);
  program
    .command("signal")
    .description("send a signal to a run; it is kept until the flow waits for it")
    .argument("<run>", "id, beginning of the id, or name")
    .argument("<name>", "name of the signal")
    .argument("[json]", "what it carries; JSON, or else text")
    .option("-k, --key <key>", "the same key is delivered once (default: every sending is another one)")
    .option("--json", "print JSON")
    .action(async (run: string, name: string, payload: string | undefined, options: SignalCommand) => {
      const { signalCommand } = await import("./commands/signal.ts");
      onExit(await signalCommand([run, name, payload], options));
    });
  program
    .command("cancel")
    .description("ask runs to end; their flows clean up first")
    .argument("[run...]", "id, beginning of the id, or name")
    .option("-r, --reason <text>", "why; recorded with the run")
    .option("-f, --flow <flow>", "all open runs of this flow; shown only, without --yes")
    .option("-a, --all", "all open runs; shown only, without --yes")
    .option("-y, --yes", "cancel what --flow or --all has selected")
    .option("--json", "print one JSON object a line")
    .action(async (runs: string[], options: CancelCommand) => {
      const { cancelCommand } = await import("./commands/cancel.ts");
      onExit(await cancelCommand(runs, options));
    });
  program
    .command("pause")
    .description("let runs stand still: what is under way ends, nothing new begins; `resume` lets them go on")
    .argument("[run...]", "id, beginning of the id, or name")
    .option("-r, --reason <text>", "why; recorded with the run")
    .option("-f, --flow <flow>", "all open runs of this flow")
    .option("-a, --all", "all open runs")
    .option("--json", "print one JSON object a line")
    .action(async (runs: string[], options: PauseCommand) => {
      const { pauseCommand } = await import("./commands/pause.ts");
      onExit(await pauseCommand(runs, options));
    });
  program
    .command("unblock")
    .description("let workers try blocked runs again, when their code fits the histories")
    .argument("[run...]", "id, beginning of the id, or name")
    .option("-f, --flow <flow>", "all blocked runs of this flow")
    .option("-a, --all", "all blocked runs")
    .option("--json", "print one JSON object a line")
    .action(async (runs: string[], options: UnblockCommand) => {
      const { unblockCommand } = await import("./commands/unblock.ts");
      onExit(await unblockCommand(runs, options));
    });
  program
    .command("versions")
    .description("which code the open runs of each flow were last run by")
    .option("-f, --flow <flow>", "only of this flow")
    .option("--json", "print one JSON object a line")
    .action(async (options: VersionsCommand) => {
      const { versionsCommand } = await import("./commands/versions.ts");
      onExit(await versionsCommand(options));
    });
}

function addStart(program: Command, onExit: OnExit): void {
  program
    .command("start")
    .description("create a run for the workers, now or later; no worker has to be there yet")
    .argument("<flow>", "name of the flow")
    .option(
      "-p, --param <key=value>",
      "a parameter; the value is JSON, or else text; may be repeated",
      collect,
    )
    .option("-i, --input <json>", "all parameters as JSON")
    .option("-q, --queue <name>", "queue of the run (default: one on which a worker serves the flow)")
    .option("-t, --tag <tag>", "a tag; may be repeated", collect)
    .option("-n, --name <name>", "name of the run (default: two friendly words)")
    .option("-k, --key <key>", "idempotency key: one run of the flow for all starts with this key")
    .option("-d, --delay <duration>", "not to begin before it is over: 5m, 2h, 1d", toSpanMs("--delay"))
    .option("--at <time>", "not to begin before: a time in ISO form", toMoment("--at"))
    .addOption(
      new Option("--singleton <mode>", "while another run of the flow is open").choices([
        "skip",
        "queue",
        "cancel-running",
      ]),
    )
    .option("--json", "print JSON")
    .action(async (flow: string, options: StartCommand) => {
      const { startCommand } = await import("./commands/start.ts");
      onExit(await startCommand(flow, options));
    });
}
