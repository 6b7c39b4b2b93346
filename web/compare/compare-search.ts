/** Which two runs are compared, as the address says it. */
export interface CompareSearch {
  readonly a?: string; // id, or name
  readonly b?: string;
  readonly key?: string; // of the task whose values are shown
}

/** Reads search parameters of any origin. */
export function readCompareSearch(search: Readonly<Record<string, unknown>>): CompareSearch {
  const text = (name: string): Readonly<Record<string, string>> => {
    const value = search[name];
    if (typeof value === "number") return { [name]: String(value) };
    return typeof value === "string" && value !== "" ? { [name]: value } : {};
  };
  return { ...text("a"), ...text("b"), ...text("key") };
}
