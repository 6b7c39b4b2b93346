import { EngineError } from "../../base/errors.ts";
import type { RecordedEvent } from "../../events/envelope.ts";
import { pictureAt } from "../../projections/fold-picture.ts";
import { openExisting } from "../../workers/client.ts";
import { decodeData } from "../../workers/decode-event.ts";
import { exits } from "../outcome.ts";
import { type Moment, toJsonPicture } from "../picture-json.ts";
import { out } from "../print.ts";
import { printPicture } from "../print-picture.ts";
import { toLine } from "../to-json.ts";

export interface HistoryCommand {
  readonly at?: number; // position of an event; below 0: counted from the end
  readonly json?: boolean;
}

/** `millrace history RUN`: the whole state of a run, as it was after one of its events. */
export async function historyCommand(reference: string, { at, json }: HistoryCommand): Promise<number> {
  const client = await openExisting();
  try {
    const { run } = await client.find(reference);
    const events = await client.events(run);
    const event = eventAt(events, at ?? -1);
    const moment: Moment = {
      event,
      events: events.length,
      picture: pictureAt(events, event.position),
      valuesAt: async (position) => {
        const found = events[position - 1];
        return found === undefined ? {} : decodeData(found, client.payloads);
      },
    };
    if (json === true) out(toLine(await toJsonPicture(moment)));
    else await printPicture(moment);
    return exits.ok;
  } finally {
    await client.close();
  }
}

function eventAt(events: readonly RecordedEvent[], at: number): RecordedEvent {
  const event = at === 0 ? undefined : events.at(at < 0 ? at : at - 1);
  if (event !== undefined) return event;
  const { length } = events;
  throw new EngineError(
    "OPTION_INVALID",
    `--at is ${at}, and the run has ${length} events: give a position from 1 to ${length}, or from -1 (the last one) ` +
      `back to -${length}. See which there are: millrace events RUN`,
    { at, events: length },
  );
}
