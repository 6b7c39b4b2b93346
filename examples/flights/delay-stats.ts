/** A flight is late from this many minutes on, as the US Department of Transportation counts. */
export const lateFromMinutes = 15;

/** Delays in minutes; bin i counts the delays up to and with bound i, the last bin those above all bounds. */
export const delayBounds = [-15, -5, 0, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360] as const;

/** Only counts, sums and maxima of whole minutes: parts of any size merge to exactly what one pass would give. */
export interface DelayStats {
  flights: number;
  unknown: number; // flights without a delay in the file; in none of the numbers below
  sumMinutes: number;
  maxMinutes: number | null; // null = no flight with a known delay
  late: number;
  bins: number[]; // delayBounds.length + 1 counts
}

export function noFlights(): DelayStats {
  const bins = Array.from({ length: delayBounds.length + 1 }, () => 0);
  return { flights: 0, unknown: 0, sumMinutes: 0, maxMinutes: null, late: 0, bins };
}

/** Counts one flight into `stats`, in place. Null = the file does not say. */
export function addDelay(stats: DelayStats, minutes: number | null): void {
  stats.flights++;
  if (minutes === null) {
    stats.unknown++;
    return;
  }
  stats.sumMinutes += minutes;
  if (stats.maxMinutes === null || minutes > stats.maxMinutes) stats.maxMinutes = minutes;
  if (minutes >= lateFromMinutes) stats.late++;
  const found = delayBounds.findIndex((bound) => minutes <= bound);
  const bin = found === -1 ? delayBounds.length : found;
  stats.bins[bin] = (stats.bins[bin] ?? 0) + 1;
}

/** Adds `part` to `total`, in place. */
export function addStats(total: DelayStats, part: DelayStats): void {
  total.flights += part.flights;
  total.unknown += part.unknown;
  total.sumMinutes += part.sumMinutes;
  total.maxMinutes = maxOf(total.maxMinutes, part.maxMinutes);
  total.late += part.late;
  total.bins = total.bins.map((count, bin) => count + (part.bins[bin] ?? 0));
}

/** Mean delay in minutes; null = no flight with a known delay. */
export function meanMinutes({ flights, unknown, sumMinutes }: DelayStats): number | null {
  return flights === unknown ? null : sumMinutes / (flights - unknown);
}

/** Share of late flights among those with a known delay, 0 to 1; null = there are none. */
export function lateShare({ flights, unknown, late }: DelayStats): number | null {
  return flights === unknown ? null : late / (flights - unknown);
}

/**
 * At least the share `quantile` (0 to 1) of the flights had at most this delay: the upper bound of the bin that the
 * quantile falls into, or the maximum where that is less. Null = no flight with a known delay.
 */
export function quantileMinutes(
  { flights, unknown, maxMinutes, bins }: DelayStats,
  quantile: number,
): number | null {
  if (maxMinutes === null) return null;
  const wanted = quantile * (flights - unknown);
  let seen = 0;
  for (const [bin, bound] of delayBounds.entries()) {
    seen += bins[bin] ?? 0;
    if (seen >= wanted) return Math.min(bound, maxMinutes);
  }
  return maxMinutes;
}

function maxOf(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.max(one, other);
}
