import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { WireEvent } from "../../../src/server/contract/wire-event.ts";
import { useApi } from "../../api/context.tsx";
import { useLive, useLiveReset } from "../../live/use-live.ts";
import { type FeedView, RunFeed } from "./run-feed.ts";

/**
 * The history of a run, whole and live: after it was fetched once, only the stream brings more. The run is given by its
 * id, by the beginning of that, or by its name.
 */
export function useRunFeed(reference: string): { readonly feed: RunFeed; readonly view: FeedView } {
  const api = useApi();
  const feed = useMemo(() => {
    const params = (): { readonly run: string } => ({ run: made.view().run ?? reference });
    const made: RunFeed = new RunFeed(reference, {
      events: async (after, limit, fromEnd) => {
        const query = { after, limit, order: fromEnd ? "desc" : "asc", values: "false" } as const;
        return api.ask("events", { params: params(), query });
      },
      state: async () => api.ask("state", { params: params() }),
    });
    return made;
  }, [api, reference]);
  useEffect(() => {
    void feed.load();
  }, [feed]);
  const view = useSyncExternalStore(feed.watch, feed.view);
  const { isWhole, run } = view;
  const start = useMemo(
    () => (isWhole && run !== null ? `run:${run}@${feed.view().length}` : null),
    [feed, isWhole, run],
  );
  useLive(start, ({ events }) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- page and server are of one version
    if (Array.isArray(events)) feed.hear(events as WireEvent[]);
  });
  useLiveReset(() => void feed.load());
  return { feed, view };
}
