import { fingerprintOf } from "./fingerprint.ts";
import type { SummaryFilter } from "./run-filter.ts";
import type { RunSummary } from "./run-summary.ts";

type Judge = (run: RunSummary) => boolean;

/** Each judge looks at one thing; null = it is not asked for. */
function judgesOf(filter: SummaryFilter): readonly Judge[] {
  const { names, nameParts, triggers, errorParts, fingerprints } = filter;
  const judges: (Judge | null)[] = [
    names === undefined ? null : ({ name }) => names.includes(name),
    nameParts === undefined ? null : ({ name }) => hasAll(name, nameParts),
    triggers === undefined ? null : ({ trigger }) => triggers.includes(trigger),
    errorParts === undefined
      ? null
      : ({ error, message }) => hasAll(`${error ?? ""}\n${message ?? ""}`, errorParts),
    fingerprints === undefined
      ? null
      : ({ error }) => error !== null && fingerprints.includes(fingerprintOf(error)),
    within(filter.startedAfter, filter.startedBefore, ({ startedAt }) => startedAt),
    within(filter.endedAfter, filter.endedBefore, ({ endedAt }) => endedAt),
    within(filter.durationAtLeastMs, filter.durationBelowMs, (run) => durationOf(run, filter.nowMs)),
  ];
  return judges.filter((judge) => judge !== null);
}

/** Whether a filter asks for something that only summaries tell. */
export function asksSummaries(filter: SummaryFilter): boolean {
  return judgesOf(filter).length > 0;
}

/** Judges summaries by what only they tell. */
export function acceptRun(filter: SummaryFilter): Judge {
  const judges = judgesOf(filter);
  return (run) => judges.every((accepts) => accepts(run));
}

function hasAll(text: string, parts: readonly string[]): boolean {
  const lower = text.toLowerCase();
  return parts.every((part) => lower.includes(part.toLowerCase()));
}

/** From `least` on and below `most`; what has no number is not within. */
function within(
  least: number | undefined,
  most: number | undefined,
  numberOf: (run: RunSummary) => number | null,
): Judge | null {
  if (least === undefined && most === undefined) return null;
  return (run) => {
    const value = numberOf(run);
    return value !== null && value >= (least ?? value) && (most === undefined || value < most);
  };
}

function durationOf({ startedAt, endedAt }: RunSummary, nowMs: number | undefined): number | null {
  const end = endedAt ?? nowMs ?? null;
  return startedAt === null || end === null ? null : Math.max(0, end - startedAt);
}
