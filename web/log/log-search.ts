/** What the screen of the log shows, as its address says it. */
export interface LogSearch {
  readonly tab?: "projections"; // absent = the events
  readonly type?: string; // of events; several with commas
  readonly run?: string;
  readonly actor?: string; // begin of it
  readonly flow?: string;
}

/** Reads search parameters of any origin. */
export function readLogSearch(search: Readonly<Record<string, unknown>>): LogSearch {
  const text = (name: string): Readonly<Record<string, string>> => {
    const value = search[name];
    if (typeof value === "number") return { [name]: String(value) };
    return typeof value === "string" && value !== "" ? { [name]: value } : {};
  };
  return {
    ...(search["tab"] === "projections" ? { tab: "projections" } : {}),
    ...text("type"),
    ...text("run"),
    ...text("actor"),
    ...text("flow"),
  };
}
