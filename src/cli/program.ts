import { readFileSync } from "node:fs";
import { Command } from "commander";
import type { EventsCommand } from "./commands/events.ts";
import type { ResumeCommand } from "./commands/resume.ts";
import type { RunCommand } from "./commands/run.ts";
import type { RunsCommand } from "./commands/runs.ts";
import type { WorkerCommand } from "./commands/worker.ts";
import { collect, toCount } from "./parameters.ts";

const examples = `
Examples:
  npx tsx orders.ts                              run a script here; this needs no command of Millrace
  millrace worker orders.ts                      serve its flows, until Ctrl-C
  millrace run orders -p ds=2026-04-30 --watch   ask a worker for a run, and watch it
  millrace runs ls --state Failed                look at runs; then: runs get, events
  millrace resume brisk-otter                    continue a run that was interrupted or crashed
  millrace doctor                                check Redis, and see what has to be mended

RUN is the id of a run, the beginning of its id, or its name (then the newest run of that name).

Exit codes: 0 ok, 1 the run failed, 2 wrong input, 3 the machine or Redis, 4 the log.
Where the log is: MILLRACE_REDIS_URL, else a Redis of its own in MILLRACE_DIR (default .millrace).`;

/** Hears the exit code of the command that was run. */
export type OnExit = (code: number) => void;

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const found: unknown = JSON.parse(text);
  return typeof found === "object" && found !== null && "version" in found
    ? String(found.version)
    : "unknown";
}

/** The command line. Commands are loaded when they are asked for: the drivers take their time. */
export function createProgram(onExit: OnExit): Command {
  const program = new Command("millrace")
    .description(
      "Durable workflows in TypeScript: every step is an event, and a crashed run continues where it was.",
    )
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", examples)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  addRunning(program, onExit);
  addLooking(program, onExit);
  return program;
}

function addRunning(program: Command, onExit: OnExit): void {
  program
    .command("worker")
    .description("serve the flows that files define, until Ctrl-C")
    .argument("<file...>", "TypeScript or JavaScript files")
    .option("-q, --queue <name>", "serve this queue; may be repeated (default: each flow's own)", collect)
    .option(
      "-c, --concurrency <n>",
      "tasks at the same time, for each flow",
      toCount("--concurrency", 10_000),
    )
    .action(async (files: string[], options: WorkerCommand) => {
      const { workerCommand } = await import("./commands/worker.ts");
      onExit(await workerCommand(files, options));
    });
  program
    .command("run")
    .description("ask the workers for a run of a flow")
    .argument("<flow>", "name of the flow")
    .option(
      "-p, --param <key=value>",
      "a parameter; the value is JSON, or else text; may be repeated",
      collect,
    )
    .option("-i, --input <json>", "all parameters as JSON")
    .option("-q, --queue <name>", "queue of the run (default: the flow's own)")
    .option("-t, --tag <tag>", "a tag; may be repeated", collect)
    .option("-w, --watch", "watch the run until it ends, and print its result")
    .option("--json", "print JSON")
    .option("-f, --file <file>", "run it in this process; the file defines the flow")
    .action(async (flow: string, options: RunCommand) => {
      const { runCommand } = await import("./commands/run.ts");
      onExit(await runCommand(flow, options));
    });
  program
    .command("resume")
    .description("continue a run in this process: one that crashed, was interrupted, or is blocked")
    .argument("<run>", "id, beginning of the id, or name")
    .option("-f, --file <file>", "file that defines the flow (default: the script that started the run)")
    .option("--json", "print state and result as JSON")
    .action(async (run: string, options: ResumeCommand) => {
      const { resumeCommand } = await import("./commands/resume.ts");
      onExit(await resumeCommand(run, options));
    });
}

function addLooking(program: Command, onExit: OnExit): void {
  const runs = program.command("runs").description("look at runs");
  runs
    .command("ls")
    .description("list runs, newest first")
    .option(
      "-s, --state <state>",
      "only in this state: Running, Completed, Failed, Crashed, Scheduled, Blocked, …",
    )
    .option("-f, --flow <flow>", "only of this flow")
    .option("-n, --limit <n>", "at most so many (default: 25)", toCount("--limit", 100_000))
    .option("--json", "print one JSON object a line")
    .action(async (options: RunsCommand) => {
      const { runsCommand } = await import("./commands/runs.ts");
      onExit(await runsCommand(options));
    });
  runs
    .command("get")
    .description("show a run: state, owner, tasks, input and result")
    .argument("<run>", "id, beginning of the id, or name")
    .option("--json", "print JSON")
    .action(async (run: string, options: { json?: boolean }) => {
      const { showRunCommand } = await import("./commands/show-run.ts");
      onExit(await showRunCommand(run, options));
    });
  program
    .command("events")
    .description("print the history of a run, one line an event")
    .argument("<run>", "id, beginning of the id, or name")
    .option("-f, --follow", "go on until the run ends")
    .option("--json", "print one JSON object a line, with all recorded values")
    .action(async (run: string, options: EventsCommand) => {
      const { eventsCommand } = await import("./commands/events.ts");
      onExit(await eventsCommand(run, options));
    });
  program
    .command("workers")
    .description("look at workers")
    .command("ls")
    .description("list workers and scripts that hold runs")
    .option("--json", "print one JSON object a line")
    .action(async (options: { json?: boolean }) => {
      const { workersCommand } = await import("./commands/workers.ts");
      onExit(await workersCommand(options));
    });
  program
    .command("doctor")
    .description("check Redis, the namespace, runs and workers; ends with 3 when something must be mended")
    .option("--json", "print JSON")
    .action(async (options: { json?: boolean }) => {
      const { doctorCommand } = await import("./commands/doctor.ts");
      onExit(await doctorCommand(options));
    });
}
