import { groupBy } from "../../base/group-by.ts";
import { fingerprintOf } from "../../projections/fingerprint.ts";
import type { RunSummary } from "../../projections/run-summary.ts";
import type { Attention } from "../contract/overview.ts";

const mostGroups = 20;

/** Runs that failed alike are one thing to look at. Most first. */
export function failuresOf(runs: readonly RunSummary[]): readonly Attention[] {
  const failed = runs.filter(({ state }) => state === "FAILED" || state === "CRASHED");
  const groups = groupBy(failed, (run) => fingerprintOf(errorOf(run)));
  return [...groups]
    .map(([fingerprint, same]) => toItem(fingerprint, same))
    .toSorted((one, other) => other.count - one.count || other.lastAt - one.lastAt)
    .slice(0, mostGroups);
}

function errorOf({ error, message, stateName }: RunSummary): string {
  return error ?? message ?? stateName;
}

function toItem(fingerprint: string, same: readonly RunSummary[]) {
  const [newest] = same.toSorted((one, other) => (other.endedAt ?? 0) - (one.endedAt ?? 0));
  const isError = newest?.error !== null;
  return {
    kind: "failures" as const,
    fingerprint,
    error: newest === undefined ? "" : errorOf(newest),
    flows: [...new Set(same.map(({ flow }) => flow))],
    count: same.length,
    lastAt: newest?.endedAt ?? 0,
    sample: newest?.run ?? "",
    query: isError ? `status:failed,crashed fingerprint:${fingerprint}` : "status:failed,crashed",
  };
}
