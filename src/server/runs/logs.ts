import { EngineError } from "../../base/errors.ts";
import { toJson } from "../../base/to-json.ts";
import { isWanted, type StoryLine } from "../../workers/run-story.ts";
import type { Answerer } from "../ask.ts";
import type { LogLine } from "../contract/runs.ts";

export const answerLogs: Answerer<"logs"> = async ({ params, query, client, parts }) => {
  const { run, created } = await client.find(params.run);
  const { name, flow, tags, traceparent } = created.data;
  const { level, task = null, text, after, limit } = query;
  const cursor = after === undefined ? null : toCursor(after);
  const story = await parts.stories.newest(client, { id: run, name, flow, tags, traceparent });
  const found = story.lines.filter(
    (line) =>
      isWanted(line, { level, task }) &&
      (text === undefined || has(`${line.message}\n${line.detail ?? ""}`, text)),
  );
  const goesOn = cursor !== null && cursor.story === story.id;
  const start = goesOn ? cursor.place : 0;
  const end = Math.min(start + limit, found.length);
  const here = `${story.id}.${end}`;
  return {
    lines: found.slice(start, end).map(toLogLine),
    next: end < found.length ? here : null,
    here,
    anew: !goesOn,
    total: found.length,
    dropped: story.dropped,
  };
};

function has(text: string, part: string): boolean {
  return text.toLowerCase().includes(part.toLowerCase());
}

/** "3f2a91bc.400": the next line is the 400th that matches, as that reading of the log has them. */
function toCursor(cursor: string): { readonly story: string; readonly place: number } {
  const [, story, place] = /^([\w-]+)\.(\d{1,9})$/.exec(cursor) ?? [];
  if (story !== undefined && place !== undefined) return { story, place: Number(place) };
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
