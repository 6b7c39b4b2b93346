/** One slot of one limit that somebody asks for. */
export interface LimitAsk {
  readonly kind: "slots" | "rate"; // given back at the end, or by itself when its time has passed
  readonly key: string;
  readonly slots: number | null; // null = what an operator has set; without one there is no limit
  readonly perMs: number | null; // of a rate: so long a slot is taken; null = as an operator has set
}

/** As `TaskRules.limits` records it: "slots/5/stripe", "rate/10/1000/stripe" (ms); "slots//stripe" without a number. */
export function toLimitText({ kind, key, slots, perMs }: LimitAsk): string {
  if (slots === null) return `${kind}//${key}`;
  return kind === "slots" ? `slots/${slots}/${key}` : `rate/${slots}/${perMs ?? 0}/${key}`;
}

/** Reads what `toLimitText` wrote; null = it is of another form, as a newer version may write. */
export function readLimitText(text: string): LimitAsk | null {
  const [, kind, slots, perMs, key = ""] = /^(slots|rate)\/(\d*)\/(?:(\d+)\/)?(.+)$/s.exec(text) ?? [];
  if (kind !== "slots" && kind !== "rate") return null;
  if (slots === "") return { kind, key: text.slice(kind.length + 2), slots: null, perMs: null };
  if (kind === "slots")
    return { kind, key: text.slice(`slots/${slots}/`.length), slots: Number(slots), perMs: null };
  return perMs === undefined ? null : { kind, key, slots: Number(slots), perMs: Number(perMs) };
}

/** Name of a limit where it is kept: a limit of slots and one of a rate may share a key. */
export function limitId({ kind, key }: Pick<LimitAsk, "kind" | "key">): string {
  return `${kind}:${key}`;
}
