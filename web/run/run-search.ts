/** What the screen of a run shows, as its address says it. */
export interface RunSearch {
  readonly tab?: string;
}

/** Reads search parameters of any origin. */
export function readRunSearch(search: Readonly<Record<string, unknown>>): RunSearch {
  const { tab } = search;
  return typeof tab === "string" && tab !== "" ? { tab } : {};
}
