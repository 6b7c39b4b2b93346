import { EngineError } from "../../base/errors.ts";
import { whenProcessed } from "../../workers/projections.ts";
import type { ServerParts } from "../parts.ts";

const patienceMs = 2_000;

/**
 * Waits until lists know an event of the run that is asked about: who has just given a command sees what came of it.
 * @throws EngineError POSITION_NOT_REACHED
 */
export async function reachPosition(
  { store, client }: ServerParts,
  params: unknown,
  query: unknown,
): Promise<void> {
  const position = fieldOf(query, "min_position");
  if (typeof position !== "number" || position === 0) return;
  const reference = fieldOf(params, "run") ?? fieldOf(query, "min_position_of");
  if (typeof reference !== "string") return;
  const { run } = await client.find(reference);
  if (await whenProcessed(store, { run, position, timeoutMs: patienceMs })) return;
  throw new EngineError(
    "POSITION_NOT_REACHED",
    `Lists do not hold event ${position} of run ${run} yet: the run does not have it, or the projections are behind.`,
    { run, position },
  );
}

function fieldOf(record: unknown, name: string): unknown {
  return typeof record === "object" && record !== null
    ? new Map(Object.entries(record)).get(name)
    : undefined;
}
