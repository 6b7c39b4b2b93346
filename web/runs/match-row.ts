import { fingerprintOf } from "../../src/projections/fingerprint.ts";
import { type RunFilter, toRunFilter } from "../../src/projections/run-filter.ts";
import type { RunRow } from "../../src/server/contract/runs.ts";

/**
 * Whether a run that was heard of live belongs to a list. Inputs are not in rows: a query for one is taken to match,
 * and the list says "maybe" by asking the server when it is loaded.
 */
export function matchRow(q: string, row: RunRow, nowMs: number): boolean {
  const filter = readFilter(q, nowMs);
  return filter !== null && judges.every((accepts) => accepts(filter, row));
}

function readFilter(q: string, nowMs: number): RunFilter | null {
  try {
    return toRunFilter(q, nowMs);
  } catch {
    return null;
  }
}

type Judge = (filter: RunFilter, row: RunRow) => boolean;

const judges: readonly Judge[] = [
  ({ states }, { state, stateName }) => isIn(states, state) || isIn(states, stateName),
  ({ flows }, { flow }) => flows?.includes(flow) ?? true,
  ({ names }, { name }) => names?.includes(name) ?? true,
  ({ nameParts }, { name }) => hasAll(name, nameParts),
  ({ triggers }, { trigger }) => triggers?.includes(trigger) ?? true,
  ({ errorParts }, { error, message }) => hasAll(`${error ?? ""}\n${message ?? ""}`, errorParts),
  ({ fingerprints }, { error }) =>
    fingerprints === undefined || (error !== null && fingerprints.includes(fingerprintOf(error))),
  ({ queue }, row) => queue === undefined || row.queue === queue,
  ({ tags }, row) => tags?.every((tag) => row.tags.includes(tag)) ?? true,
  ({ parent }, row) => parent === undefined || row.parent === parent,
  ({ root }, row) => root === undefined || row.root === root,
  ({ createdAfter, createdBefore }, { createdAt }) => isWithin(createdAt, createdAfter, createdBefore),
  ({ startedAfter, startedBefore }, { startedAt }) => isWithin(startedAt, startedAfter, startedBefore),
  ({ endedAfter, endedBefore }, { endedAt }) => isWithin(endedAt, endedAfter, endedBefore),
  ({ durationAtLeastMs, durationBelowMs, nowMs }, { startedAt, endedAt }) => {
    const end = endedAt ?? nowMs ?? null;
    const ms = startedAt === null || end === null ? null : end - startedAt;
    return isWithin(ms, durationAtLeastMs, durationBelowMs);
  },
];

function isIn(wanted: readonly string[] | undefined, state: string): boolean {
  return wanted === undefined || wanted.some((text) => text.toLowerCase() === state.toLowerCase());
}

function hasAll(text: string, parts: readonly string[] | undefined): boolean {
  const lower = text.toLowerCase();
  return parts?.every((part) => lower.includes(part.toLowerCase())) ?? true;
}

function isWithin(value: number | null, least: number | undefined, below: number | undefined): boolean {
  if (least === undefined && below === undefined) return true;
  return value !== null && value >= (least ?? value) && (below === undefined || value < below);
}
