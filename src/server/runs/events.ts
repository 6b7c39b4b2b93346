import { EngineError } from "../../base/errors.ts";
import { toJson } from "../../base/to-json.ts";
import { readRunPart } from "../../redis/read-run-part.ts";
import { decodeData } from "../../workers/decode-event.ts";
import type { Answerer } from "../ask.ts";
import { toWire } from "../contract/wire-event.ts";
import { smallValues } from "./values.ts";

export const answerEvents: Answerer<"events"> = async ({ params, query, client }) => {
  const { redis, namespace } = client.store;
  const { run } = await client.find(params.run);
  const { after, limit, order, values } = query;
  const isDown = order === "desc";
  const { from, size } = isDown
    ? await stretchBefore(client, run, after, limit)
    : { from: after, size: limit };
  const part = await readRunPart(redis, namespace, { run, after: from, limit: size });
  const events = part.events.map(({ event, bytes }) =>
    toWire(event, values === "true" ? smallValues(event) : new Map(), bytes),
  );
  const end = isDown ? from === 0 : from + size >= part.last;
  return { events: isDown ? events.toReversed() : events, last: part.last, end };
};

type Client = Parameters<Answerer<"events">>[0]["client"];

/** The events before a position (0 = the end), as a stretch in the order of the log. */
async function stretchBefore(
  { store: { redis, namespace } }: Client,
  run: string,
  before: number,
  limit: number,
): Promise<{ readonly from: number; readonly size: number }> {
  const { last } = await readRunPart(redis, namespace, { run, after: 0, limit: 0 });
  const to = before === 0 ? last : Math.min(last, before - 1);
  const from = Math.max(0, to - limit);
  return { from, size: to - from };
}

export const answerValues: Answerer<"values"> = async ({ params, client }) => {
  const { redis, namespace } = client.store;
  const { run } = await client.find(params.run);
  const { position } = params;
  const { events } = await readRunPart(redis, namespace, { run, after: position - 1, limit: 1 });
  const [found] = events;
  if (found === undefined)
    throw new EngineError("RUN_NOT_FOUND", `Run ${run} has no event ${position}.`, { run, position });
  const data = await decodeData(found.event, client.payloads);
  return {
    position,
    values: Object.fromEntries(Object.entries(data).map(([name, value]) => [name, toJson(value)])),
  };
};
