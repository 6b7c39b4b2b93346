import type { Execution } from "../engine/execution.ts";
import type { FinalState } from "../engine/final-state.ts";
import type { TurnTaker } from "./turn-taker.ts";

/** The code of a run in the memory of its owner. */
export interface LivingCode {
  readonly execution: Execution;
  readonly turns: TurnTaker;
  readonly body: () => Promise<FinalState>;
}
