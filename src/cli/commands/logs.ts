import { EngineError } from "../../base/errors.ts";
import { toLine as toLogLine } from "../../observe/log-line.ts";
import { isLineLevel, type LineLevel, levelNumbers } from "../../observe/run-line.ts";
import { openExisting } from "../../workers/client.ts";
import { unreserved } from "../../workers/display.ts";
import { onInterrupt } from "../../workers/interrupt.ts";
import { type StoryLine, type StoryPart, storyOf } from "../../workers/run-story.ts";
import { taskRunName } from "../../workers/task-run-name.ts";
import { toIso } from "../format.ts";
import { exits } from "../outcome.ts";
import { colorsOf, note, out } from "../print.ts";
import { toLine } from "../to-json.ts";

export interface LogsCommand {
  readonly follow?: boolean;
  readonly level?: string;
  readonly task?: string;
  readonly limit?: number;
  readonly json?: boolean;
}

/** `millrace logs RUN`: what its code said and what happened to it; with `-f`, on until it ends. */
export async function logsCommand(reference: string, options: LogsCommand): Promise<number> {
  const filter = { level: toLevel(options.level ?? "info"), task: options.task ?? null };
  const isFollowing = options.follow === true;
  const client = await openExisting();
  const watching = new AbortController();
  if (!isFollowing) watching.abort();
  const calm = onInterrupt(() => watching.abort());
  try {
    const { run: id, created } = await client.find(reference);
    const run = { id, ...created.data };
    if (options.json !== true) note(`Flow run '${run.name}' of flow '${run.flow}', ${id}`);
    const hasEnded = await printParts(storyOf(client, run, filter, watching.signal), run, options);
    return hasEnded || !isFollowing ? exits.ok : exits.interrupted;
  } finally {
    calm();
    await client.close();
  }
}

/** @returns whether the run has ended */
async function printParts(
  parts: AsyncIterable<StoryPart>,
  run: Named,
  options: LogsCommand,
): Promise<boolean> {
  let left = options.limit ?? null; // of what there is already; what comes later is printed all
  let hasEnded = false;
  for await (const part of parts) {
    const lines = left === null ? part.lines : part.lines.slice(Math.max(0, part.lines.length - left));
    left = null;
    if (part.dropped > 0 && options.json !== true)
      note(`${part.dropped} older lines were dropped: a run keeps about the newest 10,000.`);
    for (const line of lines) print(line, run, options);
    hasEnded = part.hasEnded;
  }
  return hasEnded;
}

/** @throws EngineError OPTION_INVALID */
function toLevel(text: string): LineLevel {
  const level = text.toLowerCase() === "warning" ? "warn" : text.toLowerCase();
  if (isLineLevel(level)) return level;
  const allowed = Object.keys(levelNumbers).join(", ");
  throw new EngineError(
    "OPTION_INVALID",
    `--level must be one of ${allowed}, and is ${JSON.stringify(text)}.`,
  );
}

interface Named {
  readonly id: string;
  readonly name: string;
  readonly flow: string;
}

function print(line: StoryLine, run: Named, { json }: LogsCommand): void {
  const { time, level, key, attempt, worker, event, message, fields, detail } = line;
  const task = key === null ? null : taskRunName(key);
  const from = { run: run.id, runName: run.name, flow: run.flow, task };
  if (json === true) {
    out(toLine({ time: toIso(time), level, ...from, key, attempt, worker, event, message, fields, detail }));
    return;
  }
  const more = detail === null ? {} : { detail };
  const record = { level: levelNumbers[level], time, msg: message, ...unreserved(fields), ...from, ...more };
  out(toLogLine(JSON.stringify(record), colorsOf(process.stdout)));
}
