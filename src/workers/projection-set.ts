import { projections, signatureOf } from "../projections/all.ts";
import type { Projection } from "../projections/define.ts";

/** Projections that are folded and stored together, and the text that stands for their versions. */
export interface ProjectionSet {
  readonly projections: readonly Projection[];
  readonly signature: string;
}

export function toSet(all: readonly Projection[]): ProjectionSet {
  return { projections: all, signature: signatureOf(all) };
}

/** Those of this release. */
export const currentSet: ProjectionSet = toSet(projections);
