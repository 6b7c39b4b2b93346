/** Throws when `condition` does not hold: a bug of ours, never the user's fault, not to be retried. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Millrace bug, please report it: ${message}`);
}
