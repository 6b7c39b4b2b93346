import { isType, type RecordedEvent } from "../events/envelope.ts";
import type { OpenRecord } from "../redis/held.ts";
import type { RosterEntry } from "../redis/roster.ts";
import type { Client } from "./client.ts";
import { decodeData } from "./decode-event.ts";
import { type RunRow, toRow } from "./run-list.ts";
import { type StepsReport, toSteps } from "./run-report.ts";

export interface OwnerView {
  readonly worker: string;
  readonly host: string | null; // null = it is not on the list any more
  readonly pid: number | null;
  readonly isAlive: boolean;
}

/** All there is to know about a run. */
export interface RunView extends StepsReport {
  readonly row: RunRow;
  readonly owner: OwnerView | null; // null = nobody has it now
  readonly source: string | null; // file that defines the flow, as its creator knew it
  readonly events: number;
  readonly input: unknown; // as given
  readonly result: unknown; // null unless it is completed
  readonly error: unknown; // null unless it has failed
  readonly why: string | null; // of a blocked run: what does not fit
}

/** @throws EngineError RUN_NOT_FOUND, EVENT_UNREADABLE, EVENT_UNKNOWN */
export async function readRunView(client: Client, reference: string): Promise<RunView> {
  const outline = await client.find(reference);
  const [events, roster] = await Promise.all([client.events(outline.run), client.roster()]);
  const last = events.at(-1) ?? outline.last;
  const startedAt = events.find((event) => isType(event, "RunStarted"))?.recordedAt ?? null;
  const row = toRow({ ...outline, startedAt, last }, roster);
  const given = await decodeData(outline.created, client.payloads);
  const ended = row.state.isFinal ? await decodeData(last, client.payloads) : {};
  return {
    row,
    owner: row.state.isFinal ? null : ownerOf(outline.open, roster),
    source: outline.created.data.source,
    events: events.length,
    ...toSteps(events),
    input: given["input"],
    result: ended["output"] ?? null,
    error: ended["error"] ?? null,
    why: row.state.name === "Blocked" ? reasonOf(events) : null,
  };
}

function ownerOf(open: OpenRecord | null, roster: readonly RosterEntry[]): OwnerView | null {
  const worker = open?.owner?.worker;
  if (worker === undefined) return null;
  const card = roster.find(({ id }) => id === worker);
  return { worker, host: card?.host ?? null, pid: card?.pid ?? null, isAlive: card?.isAlive === true };
}

function reasonOf(events: readonly RecordedEvent[]): string | null {
  return events.findLast((event) => isType(event, "RunBlocked"))?.data.message ?? null;
}
