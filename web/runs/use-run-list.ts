import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import type { RunRow } from "../../src/server/contract/runs.ts";
import { useApi } from "../api/context.tsx";
import type { LiveItem } from "../live/messages.ts";
import { useLive } from "../live/use-live.ts";
import { matchRow } from "./match-row.ts";
import { newestRows, waitingRows } from "./run-rows.ts";

const pageSize = 200;
const countAgainMs = 2_000; // after news, and not for each of them
const none: ReadonlyMap<string, RunRow> = new Map();

/** The runs of a query, page by page, with what is heard of them since. */
export function useRunList(q: string, order: "newest" | "oldest") {
  const api = useApi();
  const [heard, setHeard] = useState(none);
  const [heardAt, setHeardAt] = useState(0); // epoch ms; of the newest news
  const pages = useInfiniteQuery({
    queryKey: ["runs", {}, { q, order }],
    queryFn: async ({ pageParam, signal }) => {
      const total = pageParam === null ? "true" : "false";
      const query = {
        q,
        order,
        limit: pageSize,
        total,
        ...(pageParam === null ? {} : { cursor: pageParam }),
      } as const;
      return api.ask("runs", { query, signal });
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  });
  const countAgain = useCountAgain();
  useLive("runs", (item) => {
    setHeard((before) => new Map([...before, ...rowsOf(item).map((row) => [row.run, row] as const)]));
    setHeardAt(Date.now());
    countAgain();
  });
  const asked = useMemo(() => pages.data?.pages.flatMap(({ runs }) => runs) ?? [], [pages.data]);
  const rows = useMemo(() => newestRows(asked, heard), [asked, heard]);
  const waiting = useMemo(() => {
    if (pages.data === undefined || order === "oldest") return [];
    return waitingRows(asked, heard, (row) => matchRow(q, row, heardAt));
  }, [pages.data, asked, heard, heardAt, q, order]);
  const queries = useQueryClient();
  const load = async (): Promise<void> => {
    setHeard(none);
    await queries.resetQueries({ queryKey: ["runs", {}, { q, order }] });
  };
  return { pages, rows, waiting, load, total: pages.data?.pages[0]?.total ?? null };
}

/** The histogram counts every run: it is asked again a while after news. */
function useCountAgain(): () => void {
  const queries = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current);
    },
    [],
  );
  return () => {
    timer.current ??= setTimeout(() => {
      timer.current = null;
      void queries.invalidateQueries({ queryKey: ["histogram"] });
    }, countAgainMs);
  };
}

function rowsOf({ rows }: LiveItem): readonly RunRow[] {
  return Array.isArray(rows) ? (rows as readonly RunRow[]) : [];
}
