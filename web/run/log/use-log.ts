import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
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

/**
 * The log of a run, searched on the server over everything. When events come, the next lines are asked for: lines have no
 * stream of their own, and none is written without an event near it.
 */
export function useLog({ level, text, task }: LogFilter): Log {
  const { run, view } = useRun();
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
    getNextPageParam: ({ next }) => next,
  });
  const { refetch, hasNextPage, fetchNextPage, isFetching } = query;
  const news = useRef(view.last);
  useEffect(() => {
    if (!view.isWhole || news.current === view.last) return;
    news.current = view.last;
    void refetch({ cancelRefetch: false });
  }, [view.last, view.isWhole, refetch]);
  useEffect(() => {
    if (hasNextPage && !isFetching) void fetchNextPage();
  }, [hasNextPage, isFetching, fetchNextPage]);
  const pages = query.data?.pages;
  return useMemo(
    () => ({
      lines: pages?.flatMap(({ lines }) => lines) ?? [],
      total: pages?.at(-1)?.total ?? 0,
      dropped: pages?.at(-1)?.dropped ?? 0,
      error: query.error,
      isLoading: pages === undefined,
      fetchAll: () => void refetch(),
    }),
    [pages, query.error, refetch],
  );
}
