/** A stretch of time, in epoch ms. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Where instants lie between the begin (0) and the end (1) of what is shown. Hidden idle time takes hardly any room. */
export interface TimeAxis extends Span {
  readonly gaps: readonly Span[]; // idle stretches that are hidden, in order
  toUnit(at: number): number; // outside of 0..1 for what lies outside
  toTime(unit: number): number;
}

const shareOfGap = 0.015; // of the axis, for each hidden stretch
const minGapShare = 0.04; // a shorter stretch than this share of the whole is not worth hiding
const maxGaps = 40;

export function createTimeAxis(whole: Span, idle: readonly Span[] = []): TimeAxis {
  const { from } = whole;
  const to = Math.max(whole.to, from + 1); // a run of one event has a width too
  const gaps = worthHiding({ from, to }, idle);
  const knots = knotsOf({ from, to }, gaps);
  const [instants, units] = [knots.map(({ at }) => at), knots.map(({ unit }) => unit)];
  return {
    from,
    to,
    gaps,
    toUnit: (at) => interpolate(instants, units, at),
    toTime: (unit) => interpolate(units, instants, unit),
  };
}

/** What no span covers between the first and the last of them. O(n log n). */
export function idleBetween(spans: readonly Span[]): readonly Span[] {
  const sorted = [...spans].sort((one, other) => one.from - other.from);
  const idle: Span[] = [];
  let covered = sorted[0]?.to ?? 0;
  for (const { from, to } of sorted) {
    if (from > covered) idle.push({ from: covered, to: from });
    covered = Math.max(covered, to);
  }
  return idle;
}

function worthHiding({ from, to }: Span, idle: readonly Span[]): readonly Span[] {
  const inside = idle.filter((gap) => gap.from >= from && gap.to <= to);
  const gaps = inside
    .filter((gap) => gap.to - gap.from > (to - from) * minGapShare)
    .sort((one, other) => other.to - other.from - (one.to - one.from))
    .slice(0, maxGaps)
    .sort((one, other) => one.from - other.from);
  return sumOf(gaps) < to - from ? gaps : []; // a run that only waits is shown waiting
}

function sumOf(gaps: readonly Span[]): number {
  return gaps.reduce((sum, gap) => sum + gap.to - gap.from, 0);
}

interface Knot {
  readonly at: number;
  readonly unit: number;
}

function knotsOf({ from, to }: Span, gaps: readonly Span[]): readonly Knot[] {
  const perMs = (1 - gaps.length * shareOfGap) / (to - from - sumOf(gaps));
  const knots: Knot[] = [{ at: from, unit: 0 }];
  let [at, unit] = [from, 0];
  for (const gap of gaps) {
    unit += (gap.from - at) * perMs;
    knots.push({ at: gap.from, unit });
    unit += shareOfGap;
    knots.push({ at: gap.to, unit });
    at = gap.to;
  }
  knots.push({ at: to, unit: 1 });
  return knots;
}

/** Straight lines between the knots, and on beyond the outer ones. Asked for each bar of each frame. */
function interpolate(from: readonly number[], to: readonly number[], value: number): number {
  const last = from.length - 1;
  let high = 1;
  while (high < last && (from[high] ?? 0) < value) high += 1;
  const [a, b, c, d] = [from[high - 1] ?? 0, from[high] ?? 0, to[high - 1] ?? 0, to[high] ?? 0];
  return b === a ? c : c + ((value - a) / (b - a)) * (d - c);
}
