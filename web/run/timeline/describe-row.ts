import type { RunPicture } from "../../../src/projections/run-picture.ts";
import { toSpan } from "../../format/instants.ts";
import { toCounted } from "../../format/numbers.ts";
import { toPlainLine } from "../../format/plain-text.ts";
import { spanOf } from "./bars.ts";
import { markOf } from "./call-state.ts";
import { callIn } from "./calls.ts";
import type { Lane } from "./lanes.ts";
import { describeTally, markWords, tallyOf } from "./tally.ts";

/** The whole drawing in a sentence. */
export function describeTimeline(lanes: readonly Lane[], picture: RunPicture): string {
  const calls = lanes.flatMap((lane) => (lane.depth === 0 ? lane.calls : []));
  const counts = describeTally(tallyOf(picture, calls));
  return `Timeline of ${toCounted(calls.length, "call")} in ${toCounted(lanes.length, "lane")}${counts === "" ? "" : `: ${counts}`}. The tab Tasks has them as a table.`;
}

/** A lane as somebody would read it out. */
export function describeRow(lane: Lane | null, picture: RunPicture, at: number): string {
  if (lane === null) return "";
  const label = toPlainLine(lane.label).slice(0, 120);
  if (lane.stack !== "none")
    return `${label}, ${lane.stack}: ${describeTally(tallyOf(picture, lane.calls)) || "not called yet"}`;
  const [ref] = lane.calls;
  const call = ref === undefined ? null : callIn(picture, ref);
  if (call === null) return `${label}: not called yet`;
  const [from, to] = spanOf(picture, call);
  const attempts = call.kind === "task" ? call.of.attempts.length : 0;
  const tries = attempts > 1 ? `, ${attempts} attempts` : "";
  return `${label}: ${markWords[markOf(picture, call)]}, ${toSpan((to ?? at) - from)}${tries}`;
}
