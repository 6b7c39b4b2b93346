/** A histogram in integers: the sum of all values, then how many fell into each bucket, the last one without an end. */
export type Tally = number[]; // empty = nothing was counted

/** Index of the bucket that a value falls into; an edge belongs to its own bucket. */
export function bucketOf(value: number, edges: readonly number[]): number {
  let index = 0;
  while (index < edges.length && value > (edges[index] ?? 0)) index += 1;
  return index;
}

/** Counts a value, in place. */
export function tallyIn(tally: Tally, edges: readonly number[], value: number): void {
  if (tally.length === 0) for (let index = 0; index < edges.length + 2; index += 1) tally.push(0);
  const at = bucketOf(value, edges) + 1;
  tally[0] = (tally[0] ?? 0) + value;
  tally[at] = (tally[at] ?? 0) + 1;
}

/** Adds another tally of the same buckets, in place. */
export function addTally(tally: Tally, other: readonly number[]): void {
  for (const [index, count] of other.entries()) tally[index] = (tally[index] ?? 0) + count;
}

export function tallyOf(tallies: Map<string, Tally>, key: string): Tally {
  let tally = tallies.get(key);
  if (tally === undefined) {
    tally = [];
    tallies.set(key, tally);
  }
  return tally;
}

/** Raises a count, in place. */
export function countIn(counts: Map<string, number>, key: string, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
