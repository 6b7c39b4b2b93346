/** The earlier of two instants; null = not known. */
export function earlier(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}

/** The later of two instants; null = not known. */
export function later(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.max(one, other);
}

/** Milliseconds from one instant to another; 0 when the clock of the log went back. */
export function durationBetween(fromMs: number, toMs: number): number {
  return Math.max(0, toMs - fromMs);
}
