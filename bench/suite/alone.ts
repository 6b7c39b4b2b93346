import type { About, Measured, OpenEngine, OpenOptions } from "./session.ts";
import { oneByOne, type Tenants, tenants, tenantTimes } from "./tenants.ts";
import { type Waiters, wake } from "./wake.ts";

/** What is opened for one workload, with nothing else open. */
interface Opened {
  readonly about: Pick<About, "settings">;
  readonly close: () => Promise<void>;
}

type Measure = (options: OpenOptions) => Promise<Measured>;

function onItsOwn<O extends Opened>(
  open: () => Promise<O>,
  measure: (opened: O, options: OpenOptions) => Promise<Measured>,
): Measure {
  return async (options) => {
    const opened = await open();
    try {
      return { settings: opened.about.settings, ...(await measure(opened, options)) };
    } finally {
      await opened.close();
    }
  };
}

/** B5 of an engine. */
export function waking(open: () => Promise<Opened & { readonly waiters: Waiters }>): Measure {
  return onItsOwn(open, async ({ waiters }, { isQuick }) => wake(waiters, isQuick));
}

/** B9 of an engine. */
export function sharing(open: () => Promise<Opened & { readonly tenants: Tenants }>): Measure {
  return onItsOwn(open, async (opened, { isQuick }) => tenants(opened.tenants, tenantTimes(isQuick)));
}

interface Shared extends Opened {
  readonly runs: OpenEngine["runs"];
  readonly waiters: Waiters;
}

/** B9 of an engine without queues for tenants: what both of them start, and what is parked, meets in one process. */
export function meeting(open: () => Promise<Shared>): Measure {
  return sharing(async () => {
    const { about, runs, waiters, close } = await open();
    return { about, close, tenants: { quiet: runs, noisy: runs, park: oneByOne(waiters.park) } };
  });
}
