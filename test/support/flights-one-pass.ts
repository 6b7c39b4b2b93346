import { readParquetColumns } from "./read-parquet.ts";

export interface Sums {
  flights: number;
  sumMinutes: number;
  maxMinutes: number;
  late: number;
}

interface OnePass {
  byOrigin: Map<string, Sums>;
  byDay: Map<string, Sums>;
}

/** What the flights example should find: one pass over all rows, with another reader and another way to count. */
export function onePass(parquet: Uint8Array): OnePass {
  const [dates = [], delays = [], origins = []] = readParquetColumns(parquet, ["date", "delay", "origin"]);
  const byOrigin = new Map<string, Sums>();
  const byDay = new Map<number, Sums>();
  for (let row = 0; row < dates.length; row++) {
    const delay = Number(delays[row]);
    count(byOrigin, String(origins[row]), delay);
    count(byDay, Math.floor(Number(dates[row]) / 86_400_000), delay);
  }
  const days = [...byDay].map(
    ([day, sums]) => [new Date(day * 86_400_000).toISOString().slice(0, 10), sums] as const,
  );
  return { byOrigin, byDay: new Map(days) };
}

function count<K>(group: Map<K, Sums>, key: K, delay: number): void {
  const sums = group.get(key) ?? { flights: 0, sumMinutes: 0, maxMinutes: -Infinity, late: 0 };
  group.set(key, sums);
  sums.flights += 1;
  sums.sumMinutes += delay;
  sums.maxMinutes = Math.max(sums.maxMinutes, delay);
  if (delay >= 15) sums.late += 1;
}
