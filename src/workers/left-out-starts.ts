const slot = Symbol.for("millrace.leftOutStarts");

interface Holder {
  [slot]?: (flow: string) => void;
}

const holder: typeof globalThis & Holder = globalThis; // shared by two copies of the package, as the registry is

/**
 * From now on, calls of flows from outside of flows do nothing in this process, and never settle: a command that
 * loads a script wants its definitions, not another run. `onStart` hears of each.
 */
export function leaveOutStarts(onStart: (flow: string) => void): void {
  holder[slot] = onStart;
}

/** Tells whether a call of a flow has to be left out, and says so. */
export function isLeftOut(flow: string): boolean {
  const onStart = holder[slot];
  onStart?.(flow);
  return onStart !== undefined;
}
