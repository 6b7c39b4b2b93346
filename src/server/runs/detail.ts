import { isType, type RecordedEvent } from "../../events/envelope.ts";
import type { RunPicture } from "../../projections/run-picture.ts";
import type { RunSummary } from "../../projections/run-summary.ts";
import type { RosterEntry } from "../../redis/roster.ts";
import type { Client } from "../../workers/client.ts";
import { decodeData } from "../../workers/decode-event.ts";
import { readLiveStates } from "../../workers/live-states.ts";
import type { RunState } from "../../workers/run-state.ts";
import type { Answerer } from "../ask.ts";
import type { RunDetail } from "../contract/runs.ts";
import { toRunRow } from "./run-row.ts";
import { toDocument, whyOf } from "./state.ts";
import { toListValue } from "./values.ts";

export const answerRun: Answerer<"run"> = async ({ params, client, parts }) => {
  const { run, created, open } = await client.find(params.run);
  const roster = await client.roster();
  const picture = await parts.pictures.newest(client, run);
  const { pause, cancellation } = picture;
  const summary = { ...picture.summary }; // the picture goes on while we wait below
  const then = { summary: toDocument(summary), ...whyOf(picture) };
  const [state] = await readLiveStates(client, [{ summary, aside: null }], roster);
  const now = state ?? {
    type: summary.state,
    name: summary.stateName,
    message: summary.message,
    isFinal: false,
  };
  return {
    row: toRunRow({ summary, aside: null, state: now }),
    ...then,
    links: linksOf(summary),
    owner: ownerOf(open?.owner?.worker ?? null, roster),
    source: summary.source,
    codeHash: summary.codeHash,
    traceparent: summary.traceparent,
    ...(await valuesOf(client, created, now.isFinal ? summary.position : null)),
    actions: actionsOf(now, { pause, cancellation }),
    position: summary.position,
  };
};

function ownerOf(worker: string | null, roster: readonly RosterEntry[]): RunDetail["owner"] {
  if (worker === null) return null;
  const card = roster.find(({ id }) => id === worker);
  return { worker, host: card?.host ?? null, isAlive: card?.isAlive === true };
}

/** What went in, and what came out; `end` is the position of the run's last event, null = it is open. */
async function valuesOf(
  client: Client,
  created: RecordedEvent,
  end: number | null,
): Promise<Pick<RunDetail, "input" | "output" | "error">> {
  const last = end === null ? null : await client.log.readEvent(created.run, end);
  const [given, ended] = await Promise.all([
    decodeData(created, client.payloads),
    last === null ? {} : decodeData(last, client.payloads),
  ]);
  const isCompleted = last !== null && isType(last, "RunCompleted");
  return {
    input: toListValue(new Map(Object.entries(given)).get("input")),
    output: isCompleted ? toListValue(new Map<string, unknown>(Object.entries(ended)).get("output")) : null,
    error: last !== null && isType(last, "RunFailed") ? toListValue(last.data.error) : null,
  };
}

function linksOf(summary: RunSummary) {
  const { parent, root, children, continuedFrom, continuedTo, forkedFrom } = summary;
  return { parent, root, children, continuedFrom, continuedTo, forkedFrom };
}

/** Commands that a state allows. That a run is Paused does not say who holds it: the question to a person is not resumed. */
function actionsOf(
  { type, name, isFinal }: RunState,
  { pause, cancellation }: Pick<RunPicture, "pause" | "cancellation">,
): string[] {
  if (isFinal) return type === "COMPLETED" ? ["fork"] : ["retry", "fork"];
  const hold = pause === null ? "pause" : "resume";
  const holds = cancellation === null ? [hold] : []; // nobody holds back a run that cleans up
  return ["cancel", "fork", "signal", ...holds, ...(name === "Blocked" ? ["unblock"] : [])];
}
