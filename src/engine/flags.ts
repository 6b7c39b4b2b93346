/**
 * Numbered switches of the replay rules. A turn records the switches it was taken under, so that a later release
 * repeats it under the same rules; a number is never reused. To change a rule: add a number here, give it to new
 * turns, and keep the old branch for turns without it.
 */
export const replayFlags = {
  /** Task arguments that hold futures wait for them before the call is issued, and keep the key of the call. */
  futuresInArguments: 1,
} as const;

/** The switches that new turns are taken under. */
export const currentFlags: readonly number[] = [replayFlags.futuresInArguments];

const none: readonly number[] = [];
const known: ReadonlySet<number> = new Set(Object.values(replayFlags));

/** Switches in `flags` that this release does not know. */
export function unknownFlags(flags: readonly number[]): readonly number[] {
  return flags.every((flag) => known.has(flag)) ? none : flags.filter((flag) => !known.has(flag));
}
