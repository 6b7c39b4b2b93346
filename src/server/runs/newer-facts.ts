import type { RunSummary } from "../../projections/run-summary.ts";

/** What summaries will tell when they understand the newer events. */
interface NewerFacts {
  readonly notBefore: number | null;
  readonly cached: number;
  readonly children: number;
  readonly attempt: number;
  readonly parent: string | null;
  readonly continuedFrom: string | null;
  readonly continuedTo: string | null;
  readonly forkedFrom: string | null;
}

const blank: NewerFacts = {
  notBefore: null,
  cached: 0,
  children: 0,
  attempt: 1,
  parent: null,
  continuedFrom: null,
  continuedTo: null,
  forkedFrom: null,
};

export function newerFacts(summary: RunSummary): NewerFacts {
  return { ...blank, ...summary };
}
