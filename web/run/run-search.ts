export const tabs = ["timeline", "graph", "tasks", "events", "log", "data"] as const;
export type RunTab = (typeof tabs)[number];

/** What the screen of a run shows, as its address says it: whoever opens it elsewhere sees the same. */
export interface RunSearch {
  readonly tab?: RunTab; // none = the timeline
  readonly at?: number; // the state after this event; none = now
  readonly call?: string; // key of the call that is looked at
  readonly zoom?: string; // "1200..5300": ms since the begin of the run
  readonly group?: "task" | "worker"; // none = by map
  readonly attempt?: number; // of the flow; none = all
  readonly errors?: true; // only calls with a failure
  readonly idle?: "shown"; // none = hidden
  readonly find?: string; // in the list that is shown
}

/** Reads search parameters of any origin: what makes no sense counts as not there. */
export function readRunSearch(search: Readonly<Record<string, unknown>>): RunSearch {
  const { tab, at, call, zoom, group, attempt, errors, idle, find } = search;
  return {
    ...given(
      "tab",
      tabs.find((known) => known === tab && known !== "timeline"),
    ),
    ...given("at", wholeNumber(at)),
    ...given("call", text(call)),
    ...given("zoom", readZoom(text(zoom)) === null ? undefined : text(zoom)),
    ...given(
      "group",
      (["task", "worker"] as const).find((known) => known === group),
    ),
    ...given("attempt", wholeNumber(attempt)),
    ...given("errors", errors === true || errors === "true" ? (true as const) : undefined),
    ...given("idle", idle === "shown" ? ("shown" as const) : undefined),
    ...given("find", text(find)),
  };
}

function given<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): Partial<Record<Name, Value>> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a computed name widens to string
  return value === undefined ? {} : ({ [name]: value } as Record<Name, Value>);
}

function text(value: unknown): string | undefined {
  if (typeof value === "number") return String(value); // "42" is read as a number by the router
  return typeof value === "string" && value !== "" ? value : undefined;
}

function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

/** A stretch of a run, in ms since its begin. */
export interface Zoom {
  readonly fromMs: number;
  readonly toMs: number;
}

export function readZoom(zoom: string | undefined): Zoom | null {
  const [, from, to] = /^(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)$/.exec(zoom ?? "") ?? [];
  if (from === undefined || to === undefined || Number(to) <= Number(from)) return null;
  return { fromMs: Number(from), toMs: Number(to) };
}

export function writeZoom({ fromMs, toMs }: Zoom): string {
  const digits = toMs - fromMs < 20 ? 3 : 0;
  return `${Number(fromMs.toFixed(digits))}..${Number(toMs.toFixed(digits))}`;
}
