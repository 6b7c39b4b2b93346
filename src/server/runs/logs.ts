import { EngineError } from "../../base/errors.ts";
import { toJson } from "../../base/to-json.ts";
import { type StoryLine, storyOf } from "../../workers/run-story.ts";
import type { Answerer } from "../ask.ts";
import type { LogLine } from "../contract/runs.ts";

export const answerLogs: Answerer<"logs"> = async ({ params, query, client }) => {
  const { run, created } = await client.find(params.run);
  const { name, flow, tags, traceparent } = created.data;
  const { level, task = null, text, after, limit } = query;
  const info = { id: run, name, flow, tags, traceparent };
  const lines: StoryLine[] = [];
  let dropped = 0;
  for await (const part of storyOf(client, info, { level, task }, AbortSignal.abort())) {
    lines.push(...part.lines);
    dropped += part.dropped;
  }
  const found =
    text === undefined
      ? lines
      : lines.filter(({ message, detail }) => has(`${message}\n${detail ?? ""}`, text));
  const start = after === undefined ? 0 : toStart(after);
  const end = start + limit;
  return {
    lines: found.slice(start, end).map(toLogLine),
    next: end < found.length ? String(end) : null,
    total: found.length,
    dropped,
  };
};

function has(text: string, part: string): boolean {
  return text.toLowerCase().includes(part.toLowerCase());
}

function toStart(cursor: string): number {
  if (/^\d{1,9}$/.test(cursor)) return Number(cursor);
  throw new EngineError(
    "OPTION_INVALID",
    "The cursor is damaged. Give the one that came with the page before.",
  );
}

function toLogLine({
  time,
  level,
  key,
  attempt,
  worker,
  event,
  message,
  fields,
  detail,
}: StoryLine): LogLine {
  const json = Object.entries(fields).map(([name, value]) => [name, toJson(value)] as const);
  return {
    at: time,
    level,
    task: key,
    attempt,
    worker,
    event,
    message,
    fields: Object.fromEntries(json),
    detail,
  };
}
