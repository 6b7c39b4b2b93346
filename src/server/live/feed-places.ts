/** A place in the feed of a shard: behind this entry, the `count`-th one that there ever was. */
export interface FeedPlace {
  readonly id: string; // of the entry; "0-0" = before the first
  readonly count: number;
}

/** A place in the feed of every shard, in the order of the shards. */
export type FeedPlaces = readonly FeedPlace[];

/** Whether `one` is later in the feed than `other`. */
export function isBehind(one: FeedPlace, other: FeedPlace): boolean {
  const [ms, seq] = partsOf(one.id);
  const [otherMs, otherSeq] = partsOf(other.id);
  return ms > otherMs || (ms === otherMs && seq > otherSeq);
}

/** Short, as it stands in every frame: base 36, nothing for an empty feed. */
export function writePlaces(places: FeedPlaces): string {
  return places.map(writePlace).join(",");
}

function writePlace({ id, count }: FeedPlace): string {
  if (count === 0 && id === "0-0") return "";
  const [ms, seq] = partsOf(id);
  return [ms, seq, count].map((part) => part.toString(36)).join(".");
}

/** null = not what `writePlaces` has written for so many shards. */
export function readPlaces(text: string, shards: number): FeedPlaces | null {
  const places = text.split(",").map(readPlace);
  return places.length === shards && places.every((place) => place !== null) ? places : null;
}

function readPlace(text: string): FeedPlace | null {
  if (text === "") return { id: "0-0", count: 0 };
  if (!/^[0-9a-z]{1,11}\.[0-9a-z]{1,11}\.[0-9a-z]{1,11}$/.test(text)) return null;
  const [ms = 0, seq = 0, count = 0] = text.split(".").map((part) => Number.parseInt(part, 36));
  return [ms, seq, count].every(Number.isSafeInteger) ? { id: `${ms}-${seq}`, count } : null;
}

function partsOf(id: string): readonly [ms: number, seq: number] {
  const [ms = "0", seq = "0"] = id.split("-");
  return [Number(ms), Number(seq)];
}
