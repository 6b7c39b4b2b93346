import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import type { LogLine } from "../../../src/server/contract/runs.ts";
import { useApi } from "../../api/context.tsx";
import { useRun } from "../run-context.tsx";

export interface LogFilter {
  readonly level: LogLine["level"];
  readonly text: string;
  readonly task: string | null; // key or name; null = all of them
}

export interface Log {
  readonly lines: readonly LogLine[];
  readonly total: number;
  readonly dropped: number; // lines that the cap has cost the run
  readonly error: Error | null;
  readonly isLoading: boolean;
  readonly fetchAll: () => void;
}

const page = 1_000;
const settleMs = 250; // lines come in batches, so they may come later than the events around them

interface Place {
  readonly after: string;
  readonly isNews: boolean; // everything before it was read
}

/**
 * The log of a run, searched on the server over everything. When events come, the lines that follow are asked for: lines
 * have no stream of their own, and none is written without an event near it.
 */
export function useLog({ level, text, task }: LogFilter): Log {
  const { run, feed, view } = useRun();
  const api = useApi();
  const query = useInfiniteQuery({
    queryKey: ["logs", { run }, { level, text, task }],
    queryFn: async ({ pageParam, signal }) => {
      if (pageParam?.isNews === true) await settled();
      const asOf = feed.view().last;
      const filter = { level, ...(text === "" ? {} : { text }), ...(task === null ? {} : { task }) };
      const from = pageParam === null ? {} : { after: pageParam.after };
      const answer = await api.ask("logs", {
        params: { run },
        query: { limit: page, ...filter, ...from },
        signal,
      });
      return { ...answer, asOf };
    },
    initialPageParam: null as Place | null,
    getNextPageParam: ({ here, next }): Place => ({ after: here, isNews: next === null }), // at any time
    staleTime: Number.POSITIVE_INFINITY, // what was said stays said
  });
  const { refetch, fetchNextPage, isFetching, isError } = query;
  const pages = query.data?.pages;
  const last = pages?.at(-1);
  const isBehind = last !== undefined && (last.next !== null || (view.isWhole && view.last > last.asOf));
  const canGoOn = isBehind && !isFetching && !isError;
  useEffect(() => {
    if (canGoOn) void fetchNextPage();
  }, [canGoOn, fetchNextPage]);
  return useMemo(() => {
    const first = pages?.findLastIndex(({ anew }) => anew) ?? 0;
    return {
      lines: pages?.slice(Math.max(0, first)).flatMap(({ lines }) => lines) ?? [],
      total: pages?.at(-1)?.total ?? 0,
      dropped: pages?.at(-1)?.dropped ?? 0,
      error: query.error,
      isLoading: pages === undefined,
      fetchAll: () => void refetch(),
    };
  }, [pages, query.error, refetch]);
}

async function settled(): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, settleMs);
  });
}
