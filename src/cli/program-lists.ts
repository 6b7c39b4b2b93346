import type { Command } from "commander";
import type { HoldQueueCommand } from "./commands/hold-queue.ts";
import type { RunsCommand } from "./commands/runs.ts";
import type { StatsCommand } from "./commands/stats.ts";
import { toInstant } from "./instants.ts";
import { collect, toCount } from "./parameters.ts";

type OnExit = (code: number) => void; // hears the exit code of the command that was run

/** `runs ls`: what there is, by what the projections know. */
export function addRunList(runs: Command, onExit: OnExit): void {
  const now = Date.now();
  runs
    .command("ls")
    .description("list runs, newest first")
    .argument(
      "[query]",
      'as in the browser: status:failed flow:etl created>-24h duration>5m error~"ECONN"',
      "",
    )
    .option(
      "-s, --state <state>",
      "only in this state: Running, Completed, Failed, Crashed, Scheduled, Paused, Cancelling, AwaitingRetry, …; may be repeated",
      collect,
    )
    .option("-f, --flow <flow>", "only of this flow")
    .option("-q, --queue <queue>", "only of this queue")
    .option("-t, --tag <tag>", "only with this tag; may be repeated: with all of them", collect)
    .option("--parent <run>", "only runs that this run called")
    .option("--root <run>", "only runs of the tree below this run, however deep")
    .option("-p, --param <key=value>", "only with this value in their input; may be repeated", collect)
    .option("--since <time>", "only created since: 2h, 7d, or a time in ISO form", toInstant("--since", now))
    .option("--until <time>", "only created before: 2h, 7d, or a time in ISO form", toInstant("--until", now))
    .option("-n, --limit <n>", "at most so many (default: 25)", toCount("--limit", 100_000))
    .option("--cursor <cursor>", "the page after this cursor")
    .option("--next-cursor", "print the cursor of the next page at the end")
    .option("-a, --all", "all of them")
    .option("--count", "only how many there are, exactly")
    .option("--json", "print one JSON object a line")
    .action(async (query: string, options: RunsCommand) => {
      const { runsCommand } = await import("./commands/runs.ts");
      onExit(await runsCommand(query, options));
    });
}

/** `queues`, `stats` and `projections`. */
export function addProjections(program: Command, onExit: OnExit): void {
  addQueues(program, onExit);
  program
    .command("stats")
    .description("how runs of each flow ended, how long they took, and the same of their tasks")
    .option("-f, --flow <flow>", "only of this flow, with its tasks and its last runs")
    .option("--json", "print one JSON object a line")
    .action(async (options: StatsCommand) => {
      const { statsCommand } = await import("./commands/stats.ts");
      onExit(await statsCommand(options));
    });
  const projections = program.command("projections").description("look after what is derived from the log");
  projections
    .command("ls")
    .description("list projections: documents, memory, and how far they are behind the log")
    .option("--json", "print one JSON object a line")
    .action(async (options: { json?: boolean }) => {
      const { projectionsCommand } = await import("./commands/projections.ts");
      onExit(await projectionsCommand(options));
    });
  projections
    .command("rebuild")
    .description("fold all runs again from their streams, beside the documents in use")
    .action(async () => {
      const { rebuildCommand } = await import("./commands/rebuild.ts");
      onExit(await rebuildCommand());
    });
  projections
    .command("verify")
    .description("fold all runs again in memory and compare; ends with 4 when a document differs")
    .option("--json", "print JSON")
    .action(async (options: { json?: boolean }) => {
      const { verifyCommand } = await import("./commands/rebuild.ts");
      onExit(await verifyCommand(options));
    });
  projections
    .command("aside")
    .description("list runs whose events cannot be folded, and why")
    .option("--json", "print one JSON object a line")
    .action(async (options: { json?: boolean }) => {
      const { asideCommand } = await import("./commands/aside.ts");
      onExit(await asideCommand(options));
    });
  projections
    .command("retry")
    .description("fold again the runs that were set aside; ends with 4 when some cannot be folded still")
    .action(async () => {
      const { retryCommand } = await import("./commands/aside.ts");
      onExit(await retryCommand());
    });
}

function addQueues(program: Command, onExit: OnExit): void {
  const queues = program.command("queues").description("look at queues, and hold them");
  queues
    .command("ls")
    .description("list queues: what waits, for how long, and how many workers take it")
    .option("--json", "print one JSON object a line")
    .action(async (options: { json?: boolean }) => {
      const { queuesCommand } = await import("./commands/queues.ts");
      onExit(await queuesCommand(options));
    });
  for (const [name, about] of [
    ["pause", "let no worker take from a queue: what is under way ends, the rest lines up"],
    ["resume", "let workers take from it again"],
  ] as const)
    queues
      .command(name)
      .description(about)
      .argument("<queue>", "name of the queue")
      .option("--json", "print JSON")
      .action(async (queue: string, options: HoldQueueCommand) => {
        const { holdQueueCommand } = await import("./commands/hold-queue.ts");
        onExit(await holdQueueCommand(queue, name === "pause", options));
      });
}
