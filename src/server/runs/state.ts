import { foldPicture } from "../../projections/fold-picture.ts";
import { newPicture, type RunPicture } from "../../projections/run-picture.ts";
import { reasonsOf } from "../../projections/run-reasons.ts";
import { readRunPart } from "../../redis/read-run-part.ts";
import type { Client } from "../../workers/client.ts";
import type { Answerer } from "../ask.ts";
import { toPlain } from "../contract/to-plain.ts";

const atOnce = 2_000; // events

/** The state of a run after event `at`, or now. Folds part by part, so that a long run costs little memory. O(events). */
export async function readPicture(client: Client, run: string, at: number | null): Promise<RunPicture> {
  const { redis, namespace } = client.store;
  const picture = newPicture(run);
  for (let after = 0; ; ) {
    const limit = at === null ? atOnce : Math.min(atOnce, at - after);
    const { events, last } = await readRunPart(redis, namespace, { run, after, limit });
    for (const { event } of events) foldPicture(picture, event);
    after += events.length;
    if (events.length === 0 || after >= (at ?? last)) return picture;
  }
}

export const answerState: Answerer<"state"> = async ({ params, query: { at }, client }) => {
  const { run } = await client.find(params.run);
  const picture = await readPicture(client, run, at ?? null);
  const why = reasonsOf(picture).map(({ text, when }) => ({ text, when }));
  return { position: picture.summary.position, state: toDocument(picture), why };
};

/** A picture, or a summary, as JSON. */
export function toDocument(value: object): Readonly<Record<string, unknown>> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `toPlain` makes a record of a record
  return toPlain(value) as Readonly<Record<string, unknown>>;
}
