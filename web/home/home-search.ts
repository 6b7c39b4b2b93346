/** What the home screen shows, as its address says it. */
export interface HomeSearch {
  readonly minutes?: 15 | 360 | 1440; // absent = an hour
}

export const windows = [
  { minutes: 15, label: "15 min" },
  { minutes: 60, label: "1 h" },
  { minutes: 360, label: "6 h" },
  { minutes: 1440, label: "24 h" },
] as const;

/** Reads search parameters of any origin. */
export function readHomeSearch({ minutes }: Readonly<Record<string, unknown>>): HomeSearch {
  return minutes === 15 || minutes === 360 || minutes === 1440 ? { minutes } : {};
}
