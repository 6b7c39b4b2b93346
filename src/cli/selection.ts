import { EngineError } from "../base/errors.ts";

/** Which runs a command is about: named ones, or a selection. */
export interface SelectOptions {
  readonly flow?: string;
  readonly all?: boolean;
}

/** @throws EngineError OPTION_INVALID unless exactly one of both is given */
export function checkSelection(runs: readonly string[], { flow, all = false }: SelectOptions): void {
  const isSelected = flow !== undefined || all;
  if (runs.length > 0 && isSelected)
    throw new EngineError("OPTION_INVALID", "Name runs, or select them by --flow or --all; not both.");
  if (runs.length === 0 && !isSelected)
    throw new EngineError("OPTION_INVALID", "Which runs? Name them, or select them: --flow FLOW, --all.");
}

/** Does the same for every run; goes on when one of them refuses, and throws the first refusal at the end. */
export async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const refusals: unknown[] = [];
  for (const item of items) {
    try {
      await work(item);
    } catch (error) {
      refusals.push(error);
    }
  }
  if (refusals.length > 0) throw refusals[0];
}
