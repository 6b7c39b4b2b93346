import { setTimeout as pause } from "node:timers/promises";
import { inFlight, quantile } from "../own/measure.ts";
import { epochMs } from "./batch.ts";
import type { Measured } from "./session.ts";

/** Runs of an engine that wait, each under a name of the bench's. */
export interface Waiters {
  /** Starts a run that waits for a signal; resolves when the engine has it. */
  readonly park: (name: string) => Promise<unknown>;
  readonly signal: (name: string) => Promise<unknown>;
  /** Starts a run that sleeps until then, epoch ms. */
  readonly doze: (name: string, dueAt: number) => Promise<unknown>;
  /** When the first line after the wait ran, epoch ms. Asked of runs that were woken, and of sleeping ones. */
  readonly wentOn: (name: string) => Promise<number>;
}

/** What a run that waits is given: its name, and when it is due, epoch ms; null = it waits for a signal. */
export interface WaitPlan {
  readonly name: string;
  readonly dueAt: number | null;
}

export const startsAtOnce = 50;
export const parkedAfterMs = 6_000; // a worker of Millrace lets go of what has been idle for 5 s
const dueInMs = 20_000; // all are asleep by then
const signalsMs = 40_000; // no signal is sent later: an engine that polls has fewer

const runsOf = (isQuick: boolean): number => (isQuick ? 200 : 1_000);

/** B5, of an engine that is open. */
export async function wake(waiters: Waiters, isQuick: boolean): Promise<Measured> {
  const times = await signals(waiters, isQuick);
  const late = await sleeps(waiters, isQuick, (index) => index);
  return {
    n: times.length,
    figures: {
      "signal p50": quantile(times, 0.5),
      "signal p99": quantile(times, 0.99),
      "sleeps late p50": quantile(late, 0.5),
    },
  };
}

/** Many runs are parked; some of them get a signal, one after the other. @returns how long each took to go on, ms */
export async function signals(waiters: Waiters, isQuick: boolean): Promise<readonly number[]> {
  const nameOf = (index: number): string => `signal-${index}`;
  await inFlight(runsOf(isQuick), startsAtOnce, async (index) => {
    await waiters.park(nameOf(index));
  });
  await pause(parkedAfterMs);
  const asked = isQuick ? 50 : 200;
  const endsAt = performance.now() + signalsMs;
  const times: number[] = [];
  for (let index = 0; index < asked && performance.now() < endsAt; index += 1) {
    const sentAt = epochMs();
    await waiters.signal(nameOf(index));
    times.push((await waiters.wentOn(nameOf(index))) - sentAt);
  }
  return times;
}

/** Many sleeps, each of which ends `afterMs` after the same instant. @returns how late each run went on, ms */
export async function sleeps(
  waiters: Waiters,
  isQuick: boolean,
  afterMs: (index: number) => number,
): Promise<readonly number[]> {
  const firstAt = Date.now() + dueInMs;
  const nameOf = (index: number): string => `sleep-${firstAt}-${index}`;
  const dueOf = (index: number): number => firstAt + afterMs(index);
  const count = runsOf(isQuick);
  await inFlight(count, startsAtOnce, async (index) => {
    await waiters.doze(nameOf(index), dueOf(index));
  });
  if (Date.now() > firstAt) throw new Error("The sleeps had begun too late.");
  const late: number[] = [];
  await inFlight(count, startsAtOnce, async (index) => {
    late.push((await waiters.wentOn(nameOf(index))) - dueOf(index));
  });
  return late;
}
