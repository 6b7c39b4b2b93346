export const flowTabs = ["grid", "trends", "tasks", "launch", "versions"] as const;
export type FlowTab = (typeof flowTabs)[number];

/** What the screen of a flow shows, as its address says it. */
export interface FlowSearch {
  readonly tab?: FlowTab; // absent = the grid
  readonly from?: string; // launch: the run whose input the form starts with
}

/** Reads search parameters of any origin. */
export function readFlowSearch({ tab, from }: Readonly<Record<string, unknown>>): FlowSearch {
  const known = flowTabs.find((one) => one === tab && one !== "grid");
  return {
    ...(known === undefined ? {} : { tab: known }),
    ...(typeof from === "string" && from !== "" ? { from } : {}),
  };
}
