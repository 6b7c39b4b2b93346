import { formatMs } from "../base/durations.ts";
import { EngineError } from "../base/errors.ts";
import type { LimitAsk } from "../engine/limit-asks.ts";
import { lastPriority } from "../redis/exchange-slots.ts";
import type { HeldSlots, SlotWait } from "../sdk/limit.ts";
import { systemClock } from "./clock.ts";
import { newId } from "./ids.ts";
import type { LimitDesk } from "./limit-desk.ts";
import { limitDesks } from "./limit-desks.ts";
import type { LimitPlace } from "./limit-place.ts";

/**
 * Waits for slots in this process: a task of a run at the desk of its host, other code at one of its own.
 * @throws EngineError LIMIT_TIMED_OUT, or the reason of the task's signal
 */
export async function enterHere(asks: readonly LimitAsk[], wait: SlotWait): Promise<HeldSlots> {
  const desk = wait.task?.run == null ? undefined : limitDesks().open.at(-1);
  if (desk !== undefined) return enterAt(desk, asks, wait);
  const { openProgram } = await import("./limit-program.ts");
  const all = limitDesks();
  const program = await (all.program ??= openProgram(() => {
    all.program = null;
  }));
  program.use();
  try {
    const place = await enterAt(program.desk, asks, wait);
    const leave = (): void => {
      place.leave();
      program.unuse();
    };
    return { lost: place.lost, leave };
  } catch (error) {
    program.unuse();
    throw error;
  }
}

async function enterAt(desk: LimitDesk, asks: readonly LimitAsk[], wait: SlotWait): Promise<LimitPlace> {
  const { timeoutMs, task } = wait;
  const late = new AbortController();
  const forget = timeoutMs === null ? null : systemClock.after(timeoutMs, () => late.abort());
  const stop = task === null ? late.signal : AbortSignal.any([late.signal, task.signal]);
  try {
    const request = { ticket: `code ${newId()}`, note: "", priority: lastPriority, asks };
    const place = await desk.enter(request, stop, false);
    if (place !== null) return place;
  } finally {
    forget?.();
  }
  if (task?.signal.aborted === true) throw task.signal.reason;
  const keys = asks.map(({ key }) => key);
  const text = `No slot of ${keys.join(", ")} became free within ${formatMs(timeoutMs ?? 0)}. Who holds them: millrace limits ls`;
  throw new EngineError("LIMIT_TIMED_OUT", text, { keys });
}
