import type { Event } from "../events/catalog.ts";
import { isType, type RecordedEvent } from "../events/envelope.ts";
import { RunCancelled } from "../events/run-events.ts";

/** What the events of a run say about its begin. */
export interface BeforeBegin {
  readonly isBegun: boolean; // a turn was taken
  readonly startAt: number | null; // epoch ms; not to begin before; null = at once
  readonly cancel: { readonly reason: string | null } | null; // somebody wants it to end; null = nobody does
  readonly isGivenUp: boolean; // it was blocked, and is to be ended without its code
}

/** Reason of the RunUnblocked by which a blocked run is ended: its code cannot be asked to clean up. */
export const givenUpReason = "cancelled";

/** Reads no further than to the first turn of a run that was begun, unless it was cancelled while it was blocked. */
export function readBegin(events: readonly RecordedEvent[]): BeforeBegin {
  const isBegun = events.some(({ type }) => type === "TurnTaken");
  const [created] = events;
  const postponed = isBegun ? undefined : events.findLast((event) => isType(event, "RunPostponed"));
  const first = created !== undefined && isType(created, "RunCreated") ? created.data.startAt : null;
  const request = events.findLast((event) => isType(event, "RunCancelRequested"));
  return {
    isBegun,
    startAt: isBegun ? null : (postponed?.data.startAt ?? first),
    cancel: request === undefined ? null : { reason: request.data.reason },
    isGivenUp: isGivenUp(events),
  };
}

/** Nothing but facts came after the run was unblocked to be ended. */
function isGivenUp(events: readonly RecordedEvent[]): boolean {
  const last = events.findLast(
    ({ type }) => type === "RunUnblocked" || type === "RunBlocked" || type === "TurnTaken",
  );
  return last?.type === "RunUnblocked" && last.data.reason === givenUpReason;
}

/** Whether the run is to be ended without calling its code. */
export function mustEndUnbegun({ isBegun, cancel, isGivenUp: givenUp }: BeforeBegin): boolean {
  return cancel !== null && (!isBegun || givenUp);
}

/** The end of such a run. */
export function cancelledUnbegun({ cancel, isGivenUp: givenUp }: BeforeBegin): Event<"RunCancelled"> {
  const message =
    cancel?.reason ?? (givenUp ? "Cancelled while it was blocked." : "Cancelled before it began.");
  return RunCancelled.make({ name: "Cancelled", message });
}
