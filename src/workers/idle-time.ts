import type { OpenWork } from "./open-work.ts";
import type { RunLimits } from "./run-ports.ts";

/** How a run waits that has nothing to do. */
export interface IdleTime {
  readonly patienceMs: number; // to stay in memory for; 0 = it parks at once
  readonly aheadMs: number; // a parked run is looked after so long before its time, so that it is there in time
}

const wakeAheadMs = 3_000; // at some hundred runs a second, thousands are there in time

/** Near things are waited for; a run that waits for nothing near parks at once, or after a while. */
export function idleTimeOf(
  work: Pick<OpenWork, "nextDueInMs" | "waitsForQueue">,
  { parkAfterMs, recheckMs, linger }: RunLimits,
): IdleTime {
  if (parkAfterMs === null) return { patienceMs: recheckMs, aheadMs: 0 };
  const nextMs = work.nextDueInMs;
  const patienceMs = work.waitsForQueue || nextMs === null ? parkAfterMs : nearness(nextMs, parkAfterMs);
  if (patienceMs > 0 && linger?.() === false) return { patienceMs: 0, aheadMs: 0 };
  return { patienceMs, aheadMs: Math.min(wakeAheadMs, parkAfterMs) };
}

function nearness(nextMs: number, parkAfterMs: number): number {
  return nextMs <= parkAfterMs ? nextMs + 1 : 0;
}
