import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { WireEvent } from "../../../src/server/contract/wire-event.ts";
import { useApi } from "../../api/context.tsx";
import { useLive, useLiveReset } from "../../live/use-live.ts";
import { type FeedView, RunFeed } from "./run-feed.ts";

/** The history of a run, whole and live: after it was fetched once, only the stream brings more. */
export function useRunFeed(run: string): { readonly feed: RunFeed; readonly view: FeedView } {
  const api = useApi();
  const feed = useMemo(
    () =>
      new RunFeed(run, {
        events: async (after, limit, fromEnd) =>
          api.ask("events", {
            params: { run },
            query: { after, limit, order: fromEnd ? "desc" : "asc", values: "false" },
          }),
        state: async () => api.ask("state", { params: { run } }),
      }),
    [api, run],
  );
  useEffect(() => {
    void feed.load();
  }, [feed]);
  const view = useSyncExternalStore(feed.watch, feed.view);
  const isOpen = view.isWhole;
  const start = useMemo(() => (isOpen ? `run:${run}@${feed.view().length}` : null), [feed, isOpen, run]);
  useLive(start, ({ events }) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- page and server are of one version
    if (Array.isArray(events)) feed.hear(events as WireEvent[]);
  });
  useLiveReset(() => void feed.load());
  return { feed, view };
}
