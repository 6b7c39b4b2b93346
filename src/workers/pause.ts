import { setTimeout as sleep } from "node:timers/promises";

/** Waits; not longer than until `signal` is aborted. @returns false when it is */
export async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}
