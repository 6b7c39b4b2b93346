/** Time as the workers see it; tests own it. */
export interface Clock {
  now(): number; // epoch ms
  /** Calls `wake` once after `ms`; returns the way to forget it. */
  after(ms: number, wake: () => void): () => void;
  /** Resolves when every microtask has run. */
  drain(): Promise<void>;
  chance(): number; // 0 to below 1
}

const longestTimerMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, wake) {
    const timer = setTimeout(wake, Math.min(ms, longestTimerMs));
    return () => clearTimeout(timer);
  },
  drain: () =>
    new Promise((resolve) => {
      setImmediate(resolve);
    }),
  chance: () => Math.random(),
};
