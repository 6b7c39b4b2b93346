import { EngineError } from "../base/errors.ts";
import { limitId } from "../engine/limit-asks.ts";
import type { SlotRequest } from "../redis/exchange-slots.ts";

/** Limits that tasks name and nobody has set; each is told about once. */
export class UnsetLimits {
  readonly #told = new Set<string>();

  /** What to tell people about those of a request that are `unset`. */
  find({ asks }: SlotRequest, unset: readonly string[]): readonly EngineError[] {
    return unset.flatMap((id) => {
      const ask = asks.find((other) => limitId(other) === id);
      if (ask === undefined || this.#told.has(id)) return [];
      this.#told.add(id);
      const how = ask.kind === "rate" ? " --slots N --decay PER_SECOND" : " --slots N";
      const text = `Nobody has set the limit "${ask.key}", so it limits nothing. Set it: millrace limits set ${ask.key}${how}`;
      return [new EngineError("LIMIT_UNKNOWN", text, { key: ask.key })];
    });
  }
}
