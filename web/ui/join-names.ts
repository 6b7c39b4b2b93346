/** Class names in one text; what is false or absent is left out. */
export function joinNames(...names: readonly (string | false | null | undefined)[]): string {
  return names.filter((name) => typeof name === "string" && name !== "").join(" ");
}
