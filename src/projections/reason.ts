/** One answer to the question why a run is where it is. */
export interface Reason {
  readonly text: string; // without its instant
  readonly when: { readonly what: "at" | "since" | "until"; readonly at: number } | null; // epoch ms; null = none to name
}

export function since(text: string, at: number): Reason {
  return { text, when: { what: "since", at } };
}
