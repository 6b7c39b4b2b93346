import { z } from "zod";
import { EngineError } from "../../base/errors.ts";
import type { RecordedEvent } from "../../events/envelope.ts";
import { type FeedPlaces, type LogPart, readLogBack } from "../../redis/read-log.ts";
import type { Answerer, Ask } from "../ask.ts";
import { toWire } from "../contract/wire-event.ts";
import { smallValues } from "../runs/values.ts";

const lookBudget = 20_000; // events

export const answerLog: Answerer<"log"> = async ({ query, client }) => {
  const { redis, namespace } = client.store;
  const atEnd: FeedPlaces = Array.from({ length: namespace.shards }, () => null);
  const places = query.before === undefined ? atEnd : fromCursor(query.before, namespace.shards);
  const since = query.after === undefined ? null : fromCursor(query.after, namespace.shards);
  const wanted = acceptEvents(query, query.run === undefined ? null : (await client.find(query.run)).run);
  const part: LogPart = await readLogBack(redis, namespace, {
    places,
    limit: query.limit,
    budget: lookBudget,
    accepts: wanted,
    since,
  });
  return {
    events: part.events.map(({ event, bytes }) => toWire(event, smallValues(event), bytes)),
    older: part.isAtEnd ? null : toCursor(part.older),
    newer: toCursor(part.newer),
    complete: part.isComplete,
  };
};

function acceptEvents(
  { type, actor, flow }: Ask<"log">["query"],
  run: string | null,
): (event: RecordedEvent) => boolean {
  const types = type === undefined ? null : new Set(type.split(",").map((name) => name.trim()));
  return (event) =>
    (types === null || types.has(event.type)) &&
    (run === null || event.run === run) &&
    (actor === undefined || event.actor.startsWith(actor)) &&
    (flow === undefined || (event.type === "RunCreated" && event.data.flow === flow));
}

const Places = z.array(
  z
    .string()
    .regex(/^\d+-\d+$/)
    .nullable(),
);

function toCursor(places: FeedPlaces): string {
  return Buffer.from(JSON.stringify(places)).toString("base64url");
}

/** @throws EngineError OPTION_INVALID */
function fromCursor(cursor: string, shards: number): FeedPlaces {
  try {
    const places = Places.parse(JSON.parse(Buffer.from(cursor, "base64url").toString()));
    if (places.length === shards) return places;
  } catch {
    // it is damaged: see below
  }
  throw new EngineError(
    "OPTION_INVALID",
    "The cursor is damaged. Give the one that came with the page before, unchanged.",
  );
}
