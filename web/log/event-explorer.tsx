import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { WireEvent } from "../../src/server/contract/wire-event.ts";
import { useApi } from "../api/context.tsx";
import { toCounted } from "../format/numbers.ts";
import type { LiveItem } from "../live/messages.ts";
import { useLive, useLiveReset } from "../live/use-live.ts";
import { Button } from "../ui/button.tsx";
import { DataGrid } from "../ui/data-grid.tsx";
import { Empty, ErrorState, Skeleton } from "../ui/notices.tsx";
import { eventColumns } from "./event-columns.tsx";
import { EventDetail } from "./event-detail.tsx";
import { fitsFilter, keyOf, mergeEvents } from "./event-list.ts";
import { LogFilter } from "./log-filter.tsx";
import type { LogSearch } from "./log-search.ts";

interface EventExplorerProps {
  readonly filter: LogSearch;
  readonly onFilter: (filter: LogSearch) => void;
}

const most = 2_000; // events that are kept of what was heard live

/** Who did what: every event of every run, newest first, as they are recorded. */
export function EventExplorer({ filter, onFilter }: EventExplorerProps) {
  const { tab: _, ...asked } = filter;
  const api = useApi();
  const [heard, setHeard] = useState<readonly WireEvent[]>([]);
  const [isFollowing, setFollowing] = useState(true);
  const [chosen, setChosen] = useState<WireEvent | null>(null);
  const pages = useInfiniteQuery({
    queryKey: ["log", {}, asked],
    queryFn: async ({ pageParam, signal }) => {
      const before = pageParam === null ? {} : { before: pageParam };
      return api.ask("log", { query: { ...asked, limit: 200, ...before }, signal });
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ older }) => older,
  });
  useLive("log", (item) => {
    const fresh = eventsOf(item).filter((event) => fitsFilter(filter, event));
    if (fresh.length > 0) setHeard((before) => [...fresh.toReversed(), ...before].slice(0, most));
  });
  useLiveReset(() => setHeard([])); // some may be missing: what was loaded is asked for again
  const loaded = useMemo(() => pages.data?.pages.flatMap(({ events }) => events) ?? [], [pages.data]);
  const rows = useMemo(() => mergeEvents(isFollowing ? heard : [], loaded), [isFollowing, heard, loaded]);
  const waiting = isFollowing ? 0 : mergeEvents(heard, loaded).length - rows.length;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <LogFilter filter={filter} onFilter={onFilter}>
        <Button aria-pressed={isFollowing} onClick={() => setFollowing(!isFollowing)}>
          {isFollowing ? "Hold" : waiting === 0 ? "Follow" : `Follow: ${toCounted(waiting, "new event")}`}
        </Button>
      </LogFilter>
      {pages.isError && (
        <ErrorState
          what="The log could not be loaded"
          error={pages.error}
          onRetry={() => void pages.refetch()}
        />
      )}
      {pages.isPending && <Skeleton rows={14} label="Loading the log" />}
      {pages.isSuccess && rows.length === 0 && (
        <Empty title="No event matches">The feeds reach back only so far.</Empty>
      )}
      {rows.length > 0 && (
        <div className="flex min-h-0 flex-1 border-t border-line">
          <DataGrid
            label="Events"
            columns={eventColumns}
            rows={rows}
            rowId={keyOf}
            rowPx={30}
            onRowClick={(index) => setChosen(rows[index] ?? null)}
            onNearEnd={() => {
              if (pages.hasNextPage && !pages.isFetchingNextPage) void pages.fetchNextPage();
            }}
          />
          {chosen !== null && <EventDetail event={chosen} onClose={() => setChosen(null)} />}
        </div>
      )}
    </div>
  );
}

function eventsOf({ events }: LiveItem): readonly WireEvent[] {
  return Array.isArray(events) ? (events as readonly WireEvent[]) : [];
}
