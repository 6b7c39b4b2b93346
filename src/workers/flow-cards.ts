import type { FlowCard } from "../redis/flow-cards.ts";
import { backgroundName } from "../sdk/background.ts";
import { toJsonSchema } from "../sdk/json-schema.ts";
import { definedSignals, findFlow } from "../sdk/registry.ts";

/** What this process says of the flows that it serves. `sources` are their files, as far as they are known. */
export function toFlowCards(
  flows: readonly string[],
  sources: ReadonlyMap<string, string>,
): readonly FlowCard[] {
  const now = Date.now();
  const signals = [...definedSignals()].map(([name, schema]) => ({ name, schema: toJsonSchema(schema) }));
  return flows
    .filter((flow) => flow !== backgroundName)
    .map((flow) => {
      const { codeHash, queue, tags, inputSchema } = findFlow(flow);
      return {
        flow,
        codeHash,
        source: sources.get(flow) ?? null,
        queue,
        tags: [...tags],
        inputSchema: inputSchema(),
        signals,
        firstSeenAt: now,
        lastSeenAt: now,
      };
    });
}
