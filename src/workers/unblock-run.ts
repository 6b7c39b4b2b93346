import { EngineError } from "../base/errors.ts";
import { RunUnblocked } from "../events/run-events.ts";
import type { RunOutline } from "../redis/list-runs.ts";
import type { Client } from "./client.ts";

/**
 * Lets workers try a blocked run again: it goes on if their code fits its history, and is blocked again if not.
 * @throws EngineError COMMAND_REFUSED when it is not blocked
 */
export async function unblockRun(
  client: Client,
  { run, created, open }: RunOutline,
  reason: string,
): Promise<void> {
  const { flow, queue, name } = created.data;
  if (open?.isBlocked !== true)
    throw new EngineError("COMMAND_REFUSED", `Run '${name}' (${run}) is not blocked.`, { run });
  const events = [RunUnblocked.make({ reason })];
  const fact = { run, actor: client.actor, events, dedupeKey: "", seen: -1, attempt: null };
  const { position } = await client.log.append({ ...fact, wakeInMs: 0, unblock: true });
  await client.hint({ run, flow, queue, cause: String(position) });
}
