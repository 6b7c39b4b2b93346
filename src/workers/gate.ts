import { pauseOf } from "../engine/pause-of.ts";
import type { ClaimAnswer, OwnerCommit } from "../engine/run-log.ts";
import { isType, type RecordedEvent } from "../events/envelope.ts";
import { RunCancelRequested } from "../events/run-events.ts";
import { readOpenRecords } from "../redis/held.ts";
import { cancelledUnbegun, mustEndUnbegun, readBegin } from "./before-begin.ts";
import type { Host } from "./host.ts";
import { hintSuccessor, predecessorOf, seriesPlaceOf } from "./keyed-runs.ts";
import { tellOfEnd } from "./tell-hooks.ts";
import { cancelKey } from "./tell-others.ts";

/** What stands in the way of a run that was just claimed; null = nothing, its code may be called. */
export type Bar =
  | { readonly how: "early"; readonly startAt: number }
  | { readonly how: "paused" }
  | { readonly how: "behind"; readonly run: string } // another run of its key has to end first
  | { readonly how: "cancelled"; readonly message: string }; // it is ended without its code

const tellInMs = 5_000; // by then others have heard of the end, or a sweeper tells them
const lookAgainMs = 5_000; // at a run that has to end first, if nobody told of its end

/** Looks whether a claimed run may go on, and lets go of it, or ends it, if it may not. */
export async function passGate(host: Host, run: string, claim: ClaimAnswer): Promise<Bar | null> {
  const begin = readBegin(claim.events);
  if (mustEndUnbegun(begin)) {
    const end = cancelledUnbegun(begin);
    await commit(host, run, claim, { events: [end], after: "end", dueInMs: tellInMs });
    await host.others.tellOthers(run).catch((error: unknown) => host.display.trouble(error));
    await hintSuccessor(host, claim.events);
    return { how: "cancelled", message: end.data.message ?? "" };
  }
  if (pauseOf(claim.events) !== null) {
    const news = await commit(host, run, claim, { events: [], after: "park", dueInMs: null });
    return news === null ? { how: "paused" } : passGate(host, run, news);
  }
  if (begin.isBegun) return null;
  if (begin.startAt !== null && begin.startAt > claim.now) {
    const news = await commit(host, run, claim, {
      events: [],
      after: "park",
      dueInMs: begin.startAt - claim.now,
    });
    if (news !== null) return passGate(host, run, news);
    return { how: "early", startAt: begin.startAt };
  }
  const before = await openPredecessor(host, claim.events);
  if (before === null) return null;
  const news = await commit(host, run, claim, { events: [], after: "park", dueInMs: lookAgainMs });
  if (news !== null) return passGate(host, run, news);
  const isOver = (await openPredecessor(host, claim.events)) === null; // between the look and the parking
  if (isOver) await hintAgain(host, run, claim.events);
  return { how: "behind", run: before };
}

/** Whoever ended the run before this one may have hinted this one while it was claimed here. */
async function hintAgain(host: Host, run: string, [created]: readonly RecordedEvent[]): Promise<void> {
  if (created === undefined || !isType(created, "RunCreated")) return;
  const { flow, queue } = created.data;
  await host.queues.hintRun({ run, flow, queue, cause: "again" });
}

async function openPredecessor(host: Host, events: readonly RecordedEvent[]): Promise<string | null> {
  const [created] = events;
  const place = created !== undefined && isType(created, "RunCreated") ? seriesPlaceOf(created) : null;
  const before = predecessorOf(place);
  if (place === null || before === null) return null;
  const open = await readOpenRecords(host.redis, host.namespace, [before]);
  if (open.size === 0) return null;
  if (place.replaces) await cancelBefore(host, before, created?.run ?? "");
  return before;
}

/** Whoever started the run has asked for this, unless it died in between. */
async function cancelBefore(host: Host, run: string, by: string): Promise<void> {
  const events = [RunCancelRequested.make({ reason: `Replaced by run ${by}` })];
  const fact = { run, actor: `worker:${host.worker}`, events, dedupeKey: cancelKey, seen: -1, attempt: null };
  await host.log.append({ ...fact, wakeInMs: 0, unblock: false });
}

/** Null = done; else facts arrived first, as of a cancellation: nothing was written, and they are to be looked at. */
async function commit(
  host: Host,
  run: string,
  claim: ClaimAnswer,
  what: Pick<OwnerCommit, "events" | "after" | "dueInMs">,
): Promise<ClaimAnswer | null> {
  const { owner, events } = claim;
  const by = { run, actor: `worker:${host.worker}`, owner, batch: 1, seen: events.at(-1)?.position ?? 0 };
  const answer = await host.log.commit({ ...by, ...what });
  if (what.after === "end") await tellOfEnd(host, run, what.events, answer);
  return answer.status === "busy"
    ? { ...claim, now: answer.now, events: [...events, ...answer.events] }
    : null;
}
