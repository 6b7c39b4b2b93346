import { toError } from "../base/recorded-error.ts";
import { type LimitAsk, readLimitText } from "../engine/limit-asks.ts";
import type { TaskRules } from "../events/task-events.ts";
import { lastPriority, type SlotRequest } from "../redis/exchange-slots.ts";
import type { AttemptResult } from "./attempt.ts";
import type { AttemptAbort } from "./attempt-abort.ts";
import type { Clock } from "./clock.ts";
import type { LimitDesk } from "./limit-desk.ts";
import type { LimitPlace, LinedUp } from "./limit-place.ts";
import type { HintRules, RunPorts, TaskHint } from "./run-ports.ts";
import { type CloseLimit, closeTimedOut } from "./time-limits.ts";

/** The rules of a task that count outside of its run; undefined = none. */
export function rulesOfHint(rules: TaskRules | null): HintRules | undefined {
  if (rules === null || (rules.limits.length === 0 && rules.priority === null)) return undefined;
  return { limits: rules.limits, priority: rules.priority };
}

interface Limited {
  readonly rules: HintRules;
  readonly ticket: string;
  readonly abort: AttemptAbort;
  readonly close: CloseLimit | null; // the wait counts, too; null = none
  readonly begin: () => Promise<unknown>; // before the function, once there are slots
}

/**
 * Runs an attempt of this process while it has a slot of each of its limits. null = it did not begin: nobody wants it
 * here any more. The slots are free as soon as the function has ended, before its result is recorded: they guard what
 * the function uses, and an attempt whose result is not recorded lines up again.
 */
export async function withinLimits(
  { enterLimits, clock }: RunPorts,
  { rules, ticket, abort, close, begin }: Limited,
  perform: () => Promise<AttemptResult>,
): Promise<AttemptResult | null> {
  const request = toSlotRequest(ticket, "", rules);
  if (request === null || enterLimits === undefined) return perform();
  const wait = waitUntilClosed(abort.signal, close, clock);
  const place = await enterLimits(request, wait.stop).finally(wait.forget);
  if (place === null) {
    abort.close();
    return wait.late();
  }
  try {
    abortWhenLost(place, abort);
    await begin();
    return await perform();
  } finally {
    place.leave();
  }
}

interface Wait {
  readonly stop: AbortSignal;
  readonly forget: () => void;
  readonly late: () => AttemptResult | null; // null = its time was not over
}

function waitUntilClosed(stop: AbortSignal, close: CloseLimit | null, clock: Clock): Wait {
  if (close === null) return { stop, forget: () => undefined, late: () => null };
  const isOver = new AbortController();
  const error = closeTimedOut(close.limitMs, null);
  return {
    stop: AbortSignal.any([stop, isOver.signal]),
    forget: clock.after(Math.max(0, close.at - clock.now()), () => isOver.abort()),
    late: () => (isOver.signal.aborted ? { ok: false, error, heartbeat: null } : null),
  };
}

/** The attempt's signal fires when somebody else has got its slots. */
export function abortWhenLost({ lost }: LimitPlace, abort: AttemptAbort): void {
  lost.addEventListener("abort", () => abort.abort(toError(lost.reason)), { once: true });
}

/** Lines an attempt of a queued task up. null = it has no limits. */
export async function lineUpHint(desk: LimitDesk, hint: TaskHint): Promise<LinedUp | null> {
  if (hint.rules === undefined) return null;
  const request = toSlotRequest(ticketOf(hint), JSON.stringify(hint), hint.rules);
  return request === null ? null : desk.lineUp(request);
}

/** The attempt was begun here before: slots that came with its hint are given back. */
export function forgoHint(desk: LimitDesk, hint: TaskHint): true {
  if (hint.rules !== undefined && hint.rules.limits.length > 0) desk.forgo(ticketOf(hint));
  return true;
}

/** Name of an attempt of a queued task, and of its ticket. */
export function ticketOf({ run, attempt, key }: TaskHint): string {
  return [run, attempt, key].join(" "); // flat: a template would be kept as the pieces that it was made of
}

/** The hint in the note of a ticket. */
export function readNote(note: string): TaskHint {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `lineUpHint` wrote it
  return JSON.parse(note) as TaskHint;
}

/** null = there are no limits. Texts of a form that this version does not know limit nothing. */
function toSlotRequest(ticket: string, note: string, { limits, priority }: HintRules): SlotRequest | null {
  const asks = limits.map(readLimitText).filter((ask): ask is LimitAsk => ask !== null);
  return asks.length === 0 ? null : { ticket, note, asks, priority: priority ?? lastPriority };
}
