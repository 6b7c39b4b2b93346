/** What the list of runs shows, as its address says it. */
export interface RunsSearch {
  readonly q?: string; // query; absent = every run
  readonly order?: "oldest"; // absent = newest first
  readonly peek?: string; // id of the run in the side panel
}

/** Reads search parameters of any origin. */
export function readRunsSearch(search: Readonly<Record<string, unknown>>): RunsSearch {
  const { q, order, peek } = search;
  return {
    ...(typeof q === "string" && q !== "" ? { q } : {}),
    ...(typeof q === "number" ? { q: String(q) } : {}),
    ...(order === "oldest" ? { order } : {}),
    ...(typeof peek === "string" && peek !== "" ? { peek } : {}),
  };
}
