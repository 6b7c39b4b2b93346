import type { FlowSpec } from "../engine/specs.ts";
import { findFlow } from "../sdk/registry.ts";
import { type GivenHistory, type ReplayReport, replayHistory } from "./replay-history.ts";

const atOnce = 8; // a replay that diverges may wait a second for work that Millrace does not know

/** Replays histories with the flows that this process has defined, and reports each, in the order that is given. */
export async function* replayHistories(
  histories: Iterable<GivenHistory> | AsyncIterable<GivenHistory>,
  specOf: (flow: string) => FlowSpec = findFlow,
): AsyncGenerator<ReplayReport, void, void> {
  const begun: Promise<ReplayReport>[] = [];
  for await (const given of histories) {
    const replayed = replayHistory(specOf, given);
    replayed.catch(() => undefined); // thrown where it is awaited; meanwhile nobody has to hear of it
    begun.push(replayed);
    if (begun.length < atOnce) continue;
    const first = begun.shift();
    if (first !== undefined) yield await first;
  }
  for (const replayed of begun) yield await replayed;
}
