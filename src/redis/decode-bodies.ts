import { EngineError } from "../base/errors.ts";
import { decodeEvent } from "../events/codec.ts";
import type { RecordedEvent } from "../events/envelope.ts";

/**
 * Events from their stored bodies; the first one stands at position `seen + 1`, the rest follow without gaps.
 * The slice must begin with a commit, as only the first event of a commit names its actor.
 * @throws EngineError EVENT_UNREADABLE, EVENT_UNKNOWN
 */
export function decodeBodies(
  run: string,
  seen: number,
  bodies: readonly Uint8Array[],
  before = "unknown", // the actor of the event at `seen`
): RecordedEvent[] {
  let actor = before;
  return bodies.map((body, index) => {
    const event = decodeEvent(body, { run, position: seen + 1 + index, actor });
    actor = event.actor;
    return event;
  });
}

/** The error for a stream that somebody else wrote to: entry `id` stands where event `position` belongs. */
export function strangeEntry(run: string, position: number, id: string): EngineError {
  return new EngineError(
    "EVENT_UNREADABLE",
    `Run ${run} has entry ${id} where event ${position} belongs: its stream was changed from outside.`,
    { run, position },
  );
}
