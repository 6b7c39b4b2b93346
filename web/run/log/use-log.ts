import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
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
const lateMs = 1_000; // lines come in batches, some time after the events that they belong to

/**
 * The log of a run, searched on the server over everything. When events come, the lines that follow are asked for: lines
 * have no stream of their own, and none is written without an event near it.
 */
export function useLog({ level, text, task }: LogFilter): Log {
  const { run } = useRun();
  const api = useApi();
  const query = useInfiniteQuery({
    queryKey: ["logs", { run }, { level, text, task }],
    queryFn: async ({ pageParam, signal }) =>
      api.ask("logs", {
        params: { run },
        query: {
          limit: page,
          level,
          ...(text === "" ? {} : { text }),
          ...(task === null ? {} : { task }),
          ...(pageParam === null ? {} : { after: pageParam }),
        },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ here }) => here, // there may be more at any time
    staleTime: Number.POSITIVE_INFINITY, // what was said stays said
  });
  const { refetch, fetchNextPage, isFetching, isError } = query;
  const pages = query.data?.pages;
  const isBehind = useNews(isFetching) || (pages?.at(-1)?.next ?? null) !== null;
  const canGoOn = isBehind && pages !== undefined && !isFetching && !isError;
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

/** Whether events have come since the last question, or lines may have come after them. */
function useNews(isFetching: boolean): boolean {
  const { view } = useRun();
  const [asked, setAsked] = useState(view.last); // the newest event that there was when lines were asked for
  const [isLate, setLate] = useState(false);
  const isNews = view.isWhole && view.last !== asked;
  useEffect(() => {
    if (!isFetching) return;
    setAsked(view.last);
    setLate(false);
  }, [isFetching, view.last]);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), lateMs);
    return () => clearTimeout(timer);
  }, [view.last]);
  return isNews || isLate;
}
