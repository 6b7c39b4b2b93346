import type { History } from "../engine/history.ts";
import type { FlowSpec } from "../engine/specs.ts";
import { canRunDelayed } from "../sdk/background.ts";
import { isTaskDefined } from "../sdk/registry.ts";
import { knownFlow } from "./known-code.ts";

/** The code that may go on with a run; null = this process does not have it. */
export function codeFor({ created, turns }: History): FlowSpec | null {
  const { flow, name } = created.data;
  const spec = knownFlow(flow);
  if (spec === null || !canRunDelayed(flow, name, isTaskDefined)) return null;
  const begunBy = turns.at(-1)?.event.data.codeHash ?? spec.codeHash;
  return spec.isPinned && begunBy !== spec.codeHash ? null : spec;
}
