import type { RunPicture } from "../../projections/run-picture.ts";
import { firstReasonsOf } from "../../projections/run-reasons.ts";
import type { Answerer } from "../ask.ts";
import type { Why } from "../contract/runs.ts";
import { toPlain } from "../contract/to-plain.ts";
import { readPicture } from "./picture-shelf.ts";

const mostReasons = 100;

export const answerState: Answerer<"state"> = async ({ params, query: { at }, client, parts }) => {
  const { run } = await client.find(params.run);
  const picture =
    at === undefined ? await parts.pictures.newest(client, run) : await readPicture(client, run, at);
  return { position: picture.summary.position, state: toDocument(picture), ...whyOf(picture) };
};

/** The first reasons for where a run is, and how many there are. */
export function whyOf(picture: RunPicture): Why {
  const { reasons, total } = firstReasonsOf(picture, mostReasons);
  return { why: reasons.map(({ text, when }) => ({ text, when })), reasons: total };
}

/** A picture, or a summary, as JSON. */
export function toDocument(value: object): Readonly<Record<string, unknown>> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `toPlain` makes a record of a record
  return toPlain(value) as Readonly<Record<string, unknown>>;
}
