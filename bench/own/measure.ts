import type { Durability } from "../../src/redis/embedded.ts";

/** What a figure should reach; null = it is only watched. */
export type Target = { readonly atMost: number } | { readonly atLeast: number } | null;

export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly target: Target;
}

export interface Setup {
  readonly durability: Durability;
  readonly isQuick: boolean;
}

/** One value per figure, by name; a figure that is missing was not measured in this round. */
export type Sample = Readonly<Record<string, number>>;

export interface Workload {
  readonly name: string;
  readonly about: string;
  readonly figures: readonly Figure[];
  /** One round, in a Redis of its own. */
  readonly run: (setup: Setup) => Promise<Sample>;
}

/** A figure over all rounds. */
export interface Result {
  readonly workload: string;
  readonly figure: Figure;
  readonly durability: Durability;
  readonly values: readonly number[]; // in the order of the rounds
}

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** The value below which `share` of the values lie (0.5 = median); the nearest one that was measured. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  const index = Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1));
  return sorted[index] ?? Number.NaN;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function spreadOf(values: readonly number[]): Spread {
  return { min: Math.min(...values), median: quantile(values, 0.5), max: Math.max(...values) };
}

/** Tells whether a figure's median reaches its target; null = it has none. */
export function isMet({ figure, values }: Result): boolean | null {
  const { target } = figure;
  if (target === null) return null;
  const { median } = spreadOf(values);
  return "atMost" in target ? median <= target.atMost : median >= target.atLeast;
}

/** CPU seconds of this process, its threads included, since `from`. */
export function cpuSecondsSince(from: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1e6;
}

/** Calls `once` for 0, 1, 2, ... `count` - 1, at most `inFlight` at a time. */
export async function inFlight(
  count: number,
  inFlightAtMost: number,
  once: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await once(next - 1);
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, inFlightAtMost) }, lane));
}

/** How long a process does what is to be measured before it is: until its code is compiled and its pools are full. */
export const warmUpMsOf = (isQuick: boolean): number => (isQuick ? 1_000 : 4_000);

/** Calls `once` again and again, `lanes` at a time, as long as a warm-up lasts; what is under way ends. */
export async function warmUp(
  { isQuick }: Pick<Setup, "isQuick">,
  lanes: number,
  once: () => Promise<unknown>,
): Promise<void> {
  const endsAt = performance.now() + warmUpMsOf(isQuick);
  const lane = async (): Promise<void> => {
    while (performance.now() < endsAt) await once();
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
