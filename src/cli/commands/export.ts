import { EngineError, isEngineError } from "../../base/errors.ts";
import { type Client, openExisting } from "../../workers/client.ts";
import { type ExportedRun, exportRun } from "../../workers/export-runs.ts";
import { exits } from "../outcome.ts";
import { note, out } from "../print.ts";
import { toLine } from "../to-json.ts";

export interface ExportCommand {
  readonly to: string; // a directory
  readonly last?: number;
  readonly flow?: string;
  readonly json?: boolean;
}

/** `millrace export RUN... --to DIR`: histories as files, one for each run. */
export async function exportCommand(references: readonly string[], options: ExportCommand): Promise<number> {
  const { to, last, flow, json = false } = options;
  if (references.length > 0 === (last !== undefined || flow !== undefined)) throw whichRuns();
  const client = await openExisting();
  try {
    let runs = 0;
    let damaged = 0;
    for await (const run of chosen(client, references, options)) {
      const exported = await tryExport(client, run, to); // the others come out all the same
      if (exported === null) damaged += 1;
      else print(exported, json);
      runs += 1;
    }
    if (runs === 0)
      note("There is no such run, so nothing was written. See which there are: millrace runs ls");
    return damaged === 0 ? exits.ok : exits.damaged;
  } finally {
    await client.close();
  }
}

/** Says why a run cannot be read; gives null then. */
async function tryExport(client: Client, run: string, to: string): Promise<ExportedRun | null> {
  try {
    return await exportRun(client, run, to);
  } catch (error) {
    if (!isOfTheLog(error)) throw error;
    note(`${error.code}: ${error.message}`);
    return null;
  }
}

function print(exported: ExportedRun, isJson: boolean): void {
  const { name, flow, events, file } = exported;
  out(isJson ? toLine(exported) : `${file}: run '${name}' of flow '${flow}', ${events} events`);
}

async function* chosen(
  client: Client,
  references: readonly string[],
  { last = Number.POSITIVE_INFINITY, flow }: ExportCommand,
): AsyncGenerator<string, void, void> {
  if (references.length > 0) {
    for (const reference of references) yield (await client.find(reference)).run;
    return;
  }
  let left = last;
  for await (const run of client.newest()) {
    if (left === 0) return;
    if (flow !== undefined && (await client.outline(run))?.created.data.flow !== flow) continue;
    left -= 1;
    yield run;
  }
}

function isOfTheLog(error: unknown): error is EngineError {
  return (
    isEngineError(error, "EVENT_UNREADABLE") ||
    isEngineError(error, "EVENT_UNKNOWN") ||
    isEngineError(error, "PAYLOAD_MISSING")
  );
}

function whichRuns(): EngineError {
  return new EngineError(
    "OPTION_INVALID",
    "Name the runs to export, or say which of them: --last 20, --flow NAME, or both. Not runs and these options.",
  );
}
