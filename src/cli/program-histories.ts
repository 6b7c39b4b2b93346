import type { Command } from "commander";
import type { ExportCommand } from "./commands/export.ts";
import type { ReplayCommand } from "./commands/replay.ts";
import { collect, toCount } from "./parameters.ts";

type OnExit = (code: number) => void; // hears the exit code of the command that was run

/** `replay`, `export` and `import`: what recorded runs say of the code of today. */
export function addHistories(program: Command, onExit: OnExit): void {
  program
    .command("replay")
    .description(
      "replay recorded runs against the code on disk, without any effect; ends with 1 when they differ",
    )
    .requiredOption("-f, --file <file>", "file that defines the flows; may be repeated", collect)
    .option("-n, --last <n>", "at most so many runs, the newest (default: 200)", toCount("--last", 1_000_000))
    .option("--flow <flow>", "only of this flow (default: all that the files define)")
    .option("-r, --run <run>", "only this run; may be repeated", collect)
    .option("--from <path>", "exported histories, a file or a directory of them; may be repeated", collect)
    .option("--json", "print one JSON object a line")
    .action(async (options: ReplayCommand) => {
      const { replayCommand } = await import("./commands/replay.ts");
      onExit(await replayCommand(options));
    });
  program
    .command("export")
    .description("write the histories of runs into files, as they are stored")
    .argument("[run...]", "id, beginning of the id, or name")
    .requiredOption("--to <dir>", "directory for the files, one for each run")
    .option("-n, --last <n>", "the newest runs, so many", toCount("--last", 1_000_000))
    .option("--flow <flow>", "only runs of this flow")
    .option("--json", "print one JSON object a line")
    .action(async (runs: string[], options: ExportCommand) => {
      const { exportCommand } = await import("./commands/export.ts");
      onExit(await exportCommand(runs, options));
    });
  program
    .command("import")
    .description("put exported histories into the namespace, for reading only")
    .argument("<path...>", "files that export wrote, or directories of them")
    .option("--json", "print one JSON object a line")
    .action(async (paths: string[], options: { json?: boolean }) => {
      const { importCommand } = await import("./commands/import.ts");
      onExit(await importCommand(paths, options));
    });
}
