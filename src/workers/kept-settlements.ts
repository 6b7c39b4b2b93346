import type { Settlement, WaitingCall } from "../engine/calls.ts";
import type { Fact, History } from "../engine/history.ts";
import { hasSameInput, kindOf } from "../engine/same-call.ts";
import { baseKey } from "../engine/scope.ts";
import type { Deliveries } from "./deliveries.ts";

/** What an earlier attempt of the flow was given for a call. */
export interface KeptSettlement {
  readonly settlement: Settlement;
  readonly position: number; // of the fact
}

/** Answers of earlier attempts of a flow, ready to be given again. */
export class KeptSettlements {
  readonly #kept: History["kept"];
  readonly #deliveries: Deliveries;

  constructor(kept: History["kept"], deliveries: Deliveries) {
    this.#kept = kept;
    this.#deliveries = deliveries;
  }

  get facts(): readonly Fact[] {
    return [...this.#kept.values()].map(({ fact }) => fact);
  }

  /** When the earlier attempt was given its answer to a call of this key, among its answers. */
  orderOf(key: string): number {
    return this.#kept.get(baseKey(key))?.order ?? 0;
  }

  /** null = none, or the call asks for something else now. */
  find(call: WaitingCall): KeptSettlement | null {
    const kept = this.#kept.get(baseKey(call.key));
    if (kept === undefined || kindOf(kept.call) !== call.kind || !hasSameInput(kept.call, call)) return null;
    const { position } = kept.fact;
    const settlement = this.#deliveries.keptAt(position);
    return settlement === undefined ? null : { settlement, position };
  }
}
