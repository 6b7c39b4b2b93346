import { useCallback } from "react";
import { useRunSearch } from "../run-context.tsx";
import { useAhead } from "../use-ahead.ts";

/** Where the scrubber stands, as the address knows it or soon will; null = the present. */
export function useScrub(): { readonly at: number | null; readonly goTo: (n: number | null) => void } {
  const [search, change] = useRunSearch();
  const write = useCallback((at: number | null) => change({ at: at ?? undefined }), [change]);
  const [at, setAt] = useAhead<number | null>(search.at ?? null, write);
  const goTo = useCallback((n: number | null) => setAt(n === null ? null : Math.max(1, n)), [setAt]);
  return { at, goTo };
}
