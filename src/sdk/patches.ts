import { flowContext } from "./context.ts";

/**
 * Guards a change of a flow's code: true for runs that come here after the change, false for those that passed the spot
 * before it; the same in every replay. `if (patched("ship-first")) { ... } else { the old way }`
 */
export function patched(id: string): boolean {
  return flowContext("patched()").execution.patches.decide(id);
}

/** Stands for `patched(id)` once the old way is gone from the code, until no live run has the mark in its history. */
export function deprecatePatch(id: string): void {
  flowContext("deprecatePatch()").execution.patches.retire(id);
}
