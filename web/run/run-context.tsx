import { getRouteApi } from "@tanstack/react-router";
import { createContext, use, useCallback } from "react";
import type { RunPicture } from "../../src/projections/run-picture.ts";
import type { FeedView, RunFeed } from "./history/run-feed.ts";
import type { RunSearch } from "./run-search.ts";

/** The state that every part of the screen shows. */
export interface Moment {
  readonly n: number; // events that it holds
  readonly picture: RunPicture;
  readonly isPast: boolean; // somebody looks back
  readonly at: number | null; // epoch ms of its last event; null = now, and time goes on
}

/** What the parts of the screen of a run share, and what stays the same while somebody scrubs. */
export interface RunScope {
  readonly run: string; // its id
  readonly feed: RunFeed;
  readonly view: FeedView;
  readonly head: RunPicture; // the newest state, wherever one looks
  readonly isPast: boolean; // somebody looks back
  readonly goTo: (n: number | null) => void; // null = back to the present
  readonly looking: () => Moment; // the moment that is looked at, for what acts when it is asked to
}

export const RunContext = createContext<RunScope | null>(null);
export const MomentContext = createContext<Moment | null>(null);

export function useRun(): RunScope {
  return use(RunContext) ?? outside();
}

/** The moment that is looked at. Whoever asks is rendered again at each step of a scrub. */
export function useMoment(): Moment {
  return use(MomentContext) ?? outside();
}

function outside(): never {
  throw new Error("a part of the screen of a run stands outside of it");
}

const route = getRouteApi("/runs/$run");

/** What the address says, and how to change it; `replace` leaves no step to go back to. */
export function useRunSearch(): readonly [RunSearch, (change: SearchChange, replace?: boolean) => void] {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = useCallback(
    (change: SearchChange, replace = true) => {
      void navigate({ search: (before) => withoutGaps({ ...before, ...change }), replace });
    },
    [navigate],
  );
  return [search, change];
}

/** Parameters to set; undefined takes one away. */
export type SearchChange = { readonly [Name in keyof RunSearch]?: RunSearch[Name] | undefined };

function withoutGaps(search: SearchChange): RunSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as RunSearch;
}
