/** Where a playback is: the last event that it has shown, and how long it has stayed there. */
export interface PlayPoint {
  readonly n: number;
  readonly stayedMs: number;
}

export const speeds = [0.5, 1, 2, 4, 8, 16] as const;
export type Speed = (typeof speeds)[number];

// A night between two events is not watched, and a burst of events in one millisecond is not over at once.
const longestStayMs = 1_000;
const shortestStayMs = 15;

/** The same playback a moment later. `atOf` tells when event n was recorded; `last` is the number of events. */
export function advance(
  { n, stayedMs }: PlayPoint,
  elapsedMs: number,
  tape: { readonly speed: Speed; readonly last: number; readonly atOf: (n: number) => number },
): PlayPoint {
  let at = n;
  let left = stayedMs + elapsedMs * tape.speed;
  while (at < tape.last) {
    const gap = at === 0 ? 0 : tape.atOf(at + 1) - tape.atOf(at);
    const stay = Math.min(longestStayMs, Math.max(shortestStayMs, gap));
    if (left < stay) return { n: at, stayedMs: left };
    left -= stay;
    at += 1;
  }
  return { n: at, stayedMs: 0 };
}
