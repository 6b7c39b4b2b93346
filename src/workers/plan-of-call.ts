import type { ResultPlace, ResultPlan } from "../engine/result-plan.ts";
import type { TaskSpec } from "../engine/specs.ts";
import type { TaskOverrides } from "../events/task-events.ts";
import { planFor } from "../sdk/registry.ts";
import { findS3Place } from "../sdk/result-options.ts";
import { s3PlaceOf } from "../stores/s3-store.ts";

/** What becomes of the result of a queued call: as the call says, else as its task or flow does; null = as usual. */
export function planOfCall(
  spec: TaskSpec,
  flow: string,
  overrides: Pick<TaskOverrides, "results"> | null,
): ResultPlan | null {
  const carried = overrides?.results ?? null;
  if (carried === null) return planFor(spec, flow);
  const { place, format, inlineBytes } = carried;
  return { place: place === null ? null : toPlace(place), format, inlineBytes };
}

/** Credentials do not travel: an S3 place is one that this process has defined too, or its environment knows. */
function toPlace(name: string): ResultPlace {
  if (!name.startsWith("s3:")) return { kind: "directory", path: name };
  return findS3Place(name) ?? s3PlaceOf(name);
}
