import { isEngineError } from "../base/errors.ts";
import { RunCancelRequested, RunUnblocked } from "../events/run-events.ts";
import { isAlive as isWorkerAlive } from "../redis/roster.ts";
import { cancelledUnbegun, givenUpReason, mustEndUnbegun, readBegin } from "./before-begin.ts";
import type { Client } from "./client.ts";
import { hintSuccessor } from "./keyed-runs.ts";
import { ownBriefly } from "./own-briefly.ts";
import { cancelKey } from "./tell-others.ts";
import { tellRun } from "./tell-run.ts";

export type CancelOutcome =
  | "ended" // it was not begun, or blocked: it is cancelled
  | "requested" // the flow is told, and ends
  | "already"; // it had been cancelled before

const unblockedMs = 2_000; // a run that was unblocked here and not ended is found after that

/**
 * Asks a run to end. One whose code was not called yet, or is blocked, is ended here; a worker does the same if this
 * process dies on the way.
 * @throws EngineError RUN_CLOSED when it has ended otherwise, RUN_NOT_FOUND
 */
export async function cancelRun(client: Client, run: string, reason: string | null): Promise<CancelOutcome> {
  const event = (): ReturnType<typeof RunCancelRequested.make> => RunCancelRequested.make({ reason });
  try {
    const heard = await tellRun(client, { run, event, dedupeKey: cancelKey });
    const { owner, position } = heard.answer;
    if (owner === "!") await unblock(client, heard.run);
    else if (await isAlive(client, owner))
      return "requested"; // it was told
    else if (!(await isUnbegun(client, heard.run, position))) return "requested";
    return await endUnbegun(client, heard.run);
  } catch (error) {
    if (isEngineError(error, "RUN_CLOSED") && error.details["type"] === "CANCELLED") return "already";
    throw error;
  }
}

async function isAlive({ store: { redis, namespace } }: Client, owner: string): Promise<boolean> {
  return owner !== "" && isWorkerAlive(redis, namespace.name, owner);
}

async function unblock(client: Client, run: string): Promise<void> {
  const events = [RunUnblocked.make({ reason: givenUpReason })];
  const fact = { run, actor: client.actor, events, dedupeKey: "", seen: -1, attempt: null };
  await client.log.append({ ...fact, wakeInMs: unblockedMs, unblock: true });
}

const readAtMost = 100; // events; a run that heard so much without being begun is left to a worker

async function isUnbegun(client: Client, run: string, position: number): Promise<boolean> {
  return position <= readAtMost && mustEndUnbegun(readBegin(await client.log.readAfter(run, 0)));
}

async function endUnbegun(client: Client, run: string): Promise<CancelOutcome> {
  const outcome = await ownBriefly(client, run, (events) => {
    const begin = readBegin(events);
    if (!mustEndUnbegun(begin)) return null; // begun in between
    const [created] = events;
    const isChild = created?.type === "RunCreated" && (created.data.links?.parent ?? null) !== null;
    // A sweeper tells its parent, and then looks after it no more.
    return { events: [cancelledUnbegun(begin)], after: "end", dueInMs: isChild ? 0 : null };
  });
  if (outcome.how === "refused") return outcome.why === "closed" ? "already" : "requested"; // a worker has it
  if (outcome.how === "declined" || outcome.status !== "ok") return "requested";
  await hintSuccessor(client, outcome.events);
  return "ended";
}
