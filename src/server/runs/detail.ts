import { isType } from "../../events/envelope.ts";
import { reasonsOf } from "../../projections/run-reasons.ts";
import type { RunSummary } from "../../projections/run-summary.ts";
import { decodeData } from "../../workers/decode-event.ts";
import { readLiveStates } from "../../workers/live-states.ts";
import type { RunState } from "../../workers/run-state.ts";
import type { Answerer } from "../ask.ts";
import { newerFacts } from "./newer-facts.ts";
import { toRunRow } from "./run-row.ts";
import { readPicture, toDocument } from "./state.ts";
import { toListValue } from "./values.ts";

export const answerRun: Answerer<"run"> = async ({ params, client }) => {
  const outline = await client.find(params.run);
  const { run, created, open } = outline;
  const [picture, roster] = await Promise.all([readPicture(client, run, null), client.roster()]);
  const { summary } = picture;
  const [state] = await readLiveStates(client, [{ summary, aside: null }], roster);
  const now = state ?? {
    type: summary.state,
    name: summary.stateName,
    message: summary.message,
    isFinal: false,
  };
  const last = await client.log.readEvent(run, summary.position);
  const [given, ended] = await Promise.all([
    decodeData(created, client.payloads),
    last === null || !now.isFinal ? {} : decodeData(last, client.payloads),
  ]);
  const values = new Map<string, unknown>(Object.entries(ended));
  const worker = open?.owner?.worker ?? null;
  const card = roster.find(({ id }) => id === worker);
  return {
    row: toRunRow({ summary, aside: null, state: now }),
    summary: toDocument(summary),
    why: reasonsOf(picture).map(({ text, when }) => ({ text, when })),
    links: linksOf(summary),
    owner: worker === null ? null : { worker, host: card?.host ?? null, isAlive: card?.isAlive === true },
    source: summary.source,
    codeHash: summary.codeHash,
    traceparent: summary.traceparent,
    input: toListValue(new Map(Object.entries(given)).get("input")),
    output: last !== null && isType(last, "RunCompleted") ? toListValue(values.get("output")) : null,
    error: last !== null && isType(last, "RunFailed") ? toListValue(last.data.error) : null,
    actions: actionsOf(now),
    position: summary.position,
  };
};

function linksOf(summary: RunSummary) {
  const { root } = summary;
  const { parent, children, continuedFrom, continuedTo, forkedFrom } = newerFacts(summary);
  return { parent, root, children, continuedFrom, continuedTo, forkedFrom };
}

/** Commands that a state allows. */
export function actionsOf({ type, name, isFinal }: RunState): string[] {
  if (isFinal) return type === "COMPLETED" ? ["fork"] : ["retry", "fork"];
  const hold = name === "Paused" ? "resume" : "pause";
  return ["cancel", "fork", "signal", hold, ...(name === "Blocked" ? ["unblock"] : [])];
}
