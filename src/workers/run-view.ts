import { isType, type RecordedEvent } from "../events/envelope.ts";
import { pictureAt } from "../projections/fold-picture.ts";
import type { PausePicture, RunAttemptPicture, RunPicture } from "../projections/run-picture.ts";
import type { RunSummary } from "../projections/run-summary.ts";
import type { OpenRecord } from "../redis/held.ts";
import type { RosterEntry } from "../redis/roster.ts";
import type { Client } from "./client.ts";
import { decodeData } from "./decode-event.ts";
import { type RunRow, toRow } from "./run-list.ts";
import { type StepReport, stepsIn } from "./run-report.ts";
import { type RunTree, readTree } from "./run-tree.ts";

export interface OwnerView {
  readonly worker: string;
  readonly host: string | null; // null = it is not on the list any more
  readonly pid: number | null;
  readonly isAlive: boolean;
}

/** A signal that the run waits for. */
export interface OpenWaitView {
  readonly key: string;
  readonly name: string; // of the signal
  readonly prompt: string | null; // what a person is asked; null = it is not for a person
  readonly form: string | null; // JSON Schema of the payload; null = not known
  readonly since: number;
}

/** Other runs that this one has to do with; null = there is none. */
export type RunLinksView = Pick<
  RunSummary,
  "parent" | "parentKey" | "root" | "continuedFrom" | "continuedTo" | "forkedFrom"
>;

/** All there is to know about a run. */
export interface RunView {
  readonly row: RunRow;
  readonly turns: number;
  readonly steps: readonly StepReport[]; // in the order in which the flow asked for them
  readonly tree: RunTree; // the runs that it called
  readonly links: RunLinksView;
  readonly waits: readonly OpenWaitView[]; // oldest first
  readonly attempts: readonly RunAttemptPicture[]; // of the flow
  readonly pause: PausePicture | null; // null = nobody holds it back
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
  const picture = pictureAt(events, events.length);
  const { summary } = picture;
  const row = toRow({ ...outline, startedAt: summary.startedAt, last }, roster, summary);
  const given = await decodeData(outline.created, client.payloads);
  const ended = row.state.isFinal ? await decodeData(last, client.payloads) : {};
  return {
    row,
    owner: row.state.isFinal ? null : ownerOf(outline.open, roster),
    source: outline.created.data.source,
    events: events.length,
    turns: picture.turns.length,
    steps: stepsIn(picture),
    tree: await readTree(client, picture, roster),
    links: summary,
    waits: waitsIn(picture),
    attempts: picture.attempts,
    pause: row.state.isFinal ? null : picture.pause,
    input: given["input"],
    result: ended["output"] ?? null,
    error: ended["error"] ?? null,
    why: row.state.name === "Blocked" ? reasonOf(events) : null,
  };
}

function waitsIn({ openWaits, summary }: RunPicture): readonly OpenWaitView[] {
  if (summary.endedAt !== null) return [];
  return [...openWaits.values()].map(({ key, name, prompt, form, awaitedAt: since }) => {
    return { key, name, prompt, form, since };
  });
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
