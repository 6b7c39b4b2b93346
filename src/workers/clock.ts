/** Time as the workers see it; tests own it. */
export interface Clock {
  now(): number; // epoch ms
  /** Calls `wake` once after `ms`; returns the way to forget it. */
  after(ms: number, wake: () => void): () => void;
  /** Calls `done` when every microtask has run. */
  drain(done: () => void): void;
  /** A cheaper way to drain, for whoever does so many times in a row; missing = there is none. */
  manyDrains?(): (done: () => void) => void;
  chance(): number; // 0 to below 1
}

const drainsAtOnce = 16; // half a millisecond of a replay or so: then timers, sockets and other runs have their turn

/**
 * A turn of Node's event loop costs as much as many a step that is waited for, so several callbacks are asked for at
 * once: between two of them all ticks and microtasks run, as between two turns.
 */
function drainsInRow(): (done: () => void) => void {
  const waiting: (() => void)[] = [];
  let coming = 0;
  const next = (): void => {
    coming -= 1;
    waiting.shift()?.();
  };
  return (done) => {
    waiting.push(done);
    if (waiting.length <= coming) return;
    coming += drainsAtOnce;
    for (let count = 0; count < drainsAtOnce; count += 1) setImmediate(next);
  };
}

const longestTimerMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, wake) {
    const timer = setTimeout(wake, Math.min(ms, longestTimerMs));
    return () => clearTimeout(timer);
  },
  drain(done) {
    setImmediate(done);
  },
  manyDrains: drainsInRow,
  chance: () => Math.random(),
};
