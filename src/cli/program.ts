import { Command, Option } from "commander";
import { packageVersion } from "../observe/package-version.ts";
import type { CopyCommand } from "./commands/copy.ts";
import type { DiffCommand } from "./commands/diff.ts";
import type { EventsCommand } from "./commands/events.ts";
import type { HistoryCommand } from "./commands/history.ts";
import type { LogsCommand } from "./commands/logs.ts";
import type { MetricsCommand } from "./commands/metrics.ts";
import type { ResumeCommand } from "./commands/resume.ts";
import type { RunCommand } from "./commands/run.ts";
import type { WatchCommand } from "./commands/watch.ts";
import type { WorkerCommand } from "./commands/worker.ts";
import { collect, toCount, toPort, toWhole } from "./parameters.ts";
import { addAgain } from "./program-again.ts";
import { addCompletion } from "./program-completion.ts";
import { addHistories } from "./program-histories.ts";
import { addKeys } from "./program-keys.ts";
import { addLimits } from "./program-limits.ts";
import { addProjections, addRunList } from "./program-lists.ts";
import { addServer } from "./program-server.ts";
import { addTalks } from "./program-talks.ts";

const examples = `
Examples:
  npx tsx orders.ts                              run a script here; this needs no command of Millrace
  millrace dev orders.ts                         serve its flows and the user interface while you work on them
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

/** The command line. Commands are loaded when they are asked for: the drivers take their time. */
export function createProgram(onExit: OnExit): Command {
  const program = new Command("millrace")
    .description(
      "Durable workflows in TypeScript: every step is an event, and a crashed run continues where it was.",
    )
    .version(packageVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", examples)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  addServer(program, onExit);
  addRunning(program, onExit);
  addAgain(program, onExit);
  addTalks(program, onExit);
  addExporter(program, onExit);
  addRuns(program, onExit);
  addLooking(program, onExit);
  addPast(program, onExit);
  addHistories(program, onExit);
  addProjections(program, onExit);
  addLimits(program, onExit);
  addKeys(program, onExit);
  addCompletion(program, onExit);
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
    .addOption(
      new Option("--metrics-port <n>", "serve metrics for Prometheus at this port (default: none)")
        .env("MILLRACE_METRICS_PORT")
        .argParser(toPort("--metrics-port (or MILLRACE_METRICS_PORT)")),
    )
    .option("--metrics-host <host>", "address to serve metrics at (default: 127.0.0.1)")
    .option("--no-projections", "leave it to others to keep lists, statistics and metrics up to date")
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
    .option("-r, --reason <text>", "why a paused run goes on; recorded with the run")
    .option("--json", "print state and result as JSON")
    .action(async (run: string, options: ResumeCommand) => {
      const { resumeCommand } = await import("./commands/resume.ts");
      onExit(await resumeCommand(run, options));
    });
}

function addExporter(program: Command, onExit: OnExit): void {
  program
    .command("metrics")
    .description("serve metrics of all runs, queues and workers for Prometheus, until Ctrl-C")
    .option("--port <n>", "serve them at this port (default: 9465)", toPort("--port"))
    .option("--host <host>", "address to serve them at (default: 127.0.0.1)")
    .action(async (options: MetricsCommand) => {
      const { metricsCommand } = await import("./commands/metrics.ts");
      onExit(await metricsCommand(options));
    });
}

function addRuns(program: Command, onExit: OnExit): void {
  const runs = program.command("runs").description("look at runs");
  addRunList(runs, onExit);
  runs
    .command("get")
    .description("show a run: state, owner, tasks, input and result")
    .argument("<run>", "id, beginning of the id, or name")
    .option("--json", "print JSON")
    .action(async (run: string, options: { json?: boolean }) => {
      const { showRunCommand } = await import("./commands/show-run.ts");
      onExit(await showRunCommand(run, options));
    });
  runs
    .command("watch")
    .description("show the calls of a run and how far they are, until it ends; then its result")
    .argument("<run>", "id, beginning of the id, or name")
    .option("--json", "print one JSON object for each change")
    .action(async (run: string, options: WatchCommand) => {
      const { watchCommand } = await import("./commands/watch.ts");
      onExit(await watchCommand(run, options));
    });
}

function addLooking(program: Command, onExit: OnExit): void {
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
    .command("logs")
    .description("print the log of a run: what its code said, and what happened to it")
    .argument("<run>", "id, beginning of the id, or name")
    .option("-f, --follow", "go on until the run ends")
    .option("-l, --level <level>", "from this level on: debug, info, warn, error (default: info)")
    .option("-t, --task <task>", "only of this task run: its key, its name, or the name of the task")
    .option("-n, --limit <n>", "at most so many, the newest", toCount("--limit", 100_000))
    .option("--json", "print one JSON object a line")
    .action(async (run: string, options: LogsCommand) => {
      const { logsCommand } = await import("./commands/logs.ts");
      onExit(await logsCommand(run, options));
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

function addPast(program: Command, onExit: OnExit): void {
  program
    .command("history")
    .description("show the whole state of a run after one of its events, and why it was there")
    .argument("<run>", "id, beginning of the id, or name")
    .option(
      "--at <n>",
      "position of the event; -1 = the last one (default), -2 = the one before",
      toWhole("--at"),
    )
    .option("--json", "print JSON, with all tasks, turns and values")
    .action(async (run: string, options: HistoryCommand) => {
      const { historyCommand } = await import("./commands/history.ts");
      onExit(await historyCommand(run, options));
    });
  program
    .command("diff")
    .description("compare two runs of a flow; ends with 1 when they differ")
    .argument("<run>", "id, beginning of the id, or name")
    .argument("<other>", "the same, of another run")
    .option("--shape", "compare the calls and how they ended, not the values")
    .option("--unordered", "the order of calls and results does not count")
    .option("--json", "print JSON")
    .action(async (run: string, other: string, options: DiffCommand) => {
      const { diffCommand } = await import("./commands/diff.ts");
      onExit(await diffCommand([run, other], options));
    });
  program
    .command("copy")
    .description(
      "copy the whole log into another namespace, for reading only, and derive everything there anew",
    )
    .requiredOption("--into <namespace>", "name of the namespace; an earlier copy in it is continued")
    .option("--json", "print JSON")
    .action(async (options: CopyCommand) => {
      const { copyCommand } = await import("./commands/copy.ts");
      onExit(await copyCommand(options));
    });
}
