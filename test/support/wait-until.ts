import { availableParallelism, loadavg } from "node:os";

export interface Patience {
  readonly timeoutMs: number;
  readonly intervalMs?: number; // default 30
}

/** Asks again and again until `check` does not throw, and gives what it gave. Rejects with its last error. */
export async function waitUntil<T>(
  check: () => Promise<T>,
  { timeoutMs, intervalMs = 30 }: Patience,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await rest(intervalMs);
  }
}

/** For those who make trouble now and then: a test waits for something. */
export async function rest(ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** What a promise of `ms` means on this machine now: others may keep it busy, and everything takes longer then. */
export function allowedMs(ms: number): number {
  const load = (loadavg()[0] ?? 0) / availableParallelism();
  return ms * Math.max(1, load / 1.5);
}
