import { EngineError } from "../../base/errors.ts";
import { isRunId } from "../../base/ids.ts";

/** What one stream is asked for. */
export interface Topics {
  readonly runs: ReadonlyMap<string, number>; // run -> the position after which its events are wanted
  readonly rows: boolean; // runs whose line in a list has changed
  readonly log: boolean; // events of all runs
  readonly capacity: boolean; // queues, workers, limits
}

const mostTopics = 100;

/**
 * `run:ID@POSITION`, `runs`, `log`, `capacity`, with commas between. A run that is named twice is wanted from the earlier
 * position on; without one, from its begin.
 * @throws EngineError REQUEST_INVALID
 */
export function readTopics(text: string): Topics {
  const names = text.split(",").filter((name) => name !== "");
  if (names.length === 0) throw invalid("name at least one: run:ID@POSITION, runs, log, capacity");
  if (names.length > mostTopics) throw invalid(`one stream takes ${mostTopics} of them at most`);
  const runs = new Map<string, number>();
  const plain = new Set<string>();
  for (const name of names) {
    if (!name.startsWith("run:")) {
      plain.add(toPlain(name));
      continue;
    }
    const { run, after } = readRunTopic(name);
    runs.set(run, Math.min(after, runs.get(run) ?? after));
  }
  return { runs, rows: plain.has("runs"), log: plain.has("log"), capacity: plain.has("capacity") };
}

function readRunTopic(name: string): { readonly run: string; readonly after: number } {
  const [, run = "", after = "0"] = /^run:([^@]*)(?:@(\d{1,15}))?$/.exec(name) ?? [];
  if (!isRunId(run))
    throw invalid(`${JSON.stringify(name.slice(0, 100))} is not of the form run:ID@POSITION`);
  return { run, after: Number(after) };
}

function toPlain(name: string): string {
  if (name === "runs" || name === "log" || name === "capacity") return name;
  throw invalid(`there is no topic ${JSON.stringify(name.slice(0, 100))}`);
}

function invalid(message: string): EngineError {
  return new EngineError("REQUEST_INVALID", "The topics of the stream are not of the form that this takes.", {
    where: "query",
    issues: [`topics: ${message}`],
  });
}
