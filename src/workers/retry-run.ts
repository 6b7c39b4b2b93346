import { EngineError } from "../base/errors.ts";
import { isEnding } from "../engine/history.ts";
import { readHistory } from "../engine/read-history.ts";
import { RunReopened } from "../events/run-events.ts";
import type { Client } from "./client.ts";

/** A run that has begun another attempt. */
export interface RetriedRun {
  readonly run: string;
  readonly name: string;
  readonly attempt: number; // of the flow; 1 = first try
  readonly kept: number; // calls whose results are kept
}

/**
 * Begins another attempt of a run that failed, crashed or was cancelled, under its own id: what its calls were given
 * stays, and only what failed is done again.
 * @throws EngineError COMMAND_REFUSED for a run that is open or has completed
 */
export async function retryRun(client: Client, run: string, reason: string | null): Promise<RetriedRun> {
  const events = await client.events(run);
  const { created, attempt } = readHistory(events);
  const last = events.at(-1);
  if (last === undefined || !isEnding(last))
    throw refused(run, "has not ended. Cancel it first: millrace cancel");
  if (last.type === "RunCompleted")
    throw refused(run, `has completed, and its result stands. Make a new run out of it: millrace fork`);
  const reopened = RunReopened.make({ attempt: attempt + 1, reason });
  const { status } = await client.log.reopen({
    run,
    actor: client.actor,
    events: [reopened],
    seen: last.position,
  });
  if (status === "exists")
    throw refused(run, "was begun again by somebody else. Watch it: millrace events -f");
  const { flow, queue } = created.data;
  await client.hint({ run, flow, queue, cause: `again-${attempt + 1}` });
  const { kept } = readHistory(await client.events(run));
  return { run, name: created.data.name, attempt: attempt + 1, kept: kept.size };
}

function refused(run: string, why: string): EngineError {
  return new EngineError("COMMAND_REFUSED", `Run ${run} ${why} ${run}`, { run });
}
