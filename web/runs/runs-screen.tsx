import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { usePageSign } from "../ui/page-sign.ts";
import { HistogramBar } from "./histogram.tsx";
import { QueryBar } from "./query-bar.tsx";
import { RunList } from "./run-list.tsx";
import type { RunsSearch } from "./runs-search.ts";
import { SavedViews } from "./saved-views.tsx";

const PeekPanel = lazy(async () =>
  import("./peek-panel.tsx").then(({ PeekPanel }) => ({ default: PeekPanel })),
);

const route = getRouteApi("/runs");

/** Every run: found by a query, counted over time, acted upon in bulk. */
export function RunsScreen() {
  const { q = "", order = "newest", peek } = route.useSearch();
  const navigate = route.useNavigate();
  usePageSign({ title: q === "" ? "runs" : `runs · ${q}` });
  const search = (change: { [Name in keyof RunsSearch]: RunsSearch[Name] | undefined }): void =>
    void navigate({ search: (before) => withoutEmpty({ ...before, ...change }) });
  const onQuery = (next: string): void => search({ q: next, peek: undefined });
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <header className="flex flex-col gap-1.5 border-b border-line bg-surface px-3 py-2">
        <h1 className="sr-only">Runs</h1>
        <SavedViews q={q} onQuery={onQuery} />
        <QueryBar q={q} onQuery={onQuery} />
      </header>
      <HistogramBar q={q} onQuery={onQuery} />
      <div className="relative flex min-h-0 flex-1 border-t border-line">
        <RunList
          key={`${order} ${q}`}
          q={q}
          order={order}
          onQuery={onQuery}
          onOrder={(next) => search({ order: next === "oldest" ? next : undefined })}
          onPeek={(run) => search({ peek: run ?? undefined })}
          isPeeking={peek !== undefined}
        />
        {peek !== undefined && (
          <Suspense fallback={null}>
            <PeekPanel key={peek} run={peek} onClose={() => search({ peek: undefined })} />
          </Suspense>
        )}
      </div>
    </div>
  );
}

/** Search parameters without those that say nothing. */
function withoutEmpty(search: { [Name in keyof RunsSearch]: RunsSearch[Name] | undefined }): RunsSearch {
  const { q, order, peek } = search;
  return {
    ...(q === undefined || q === "" ? {} : { q }),
    ...(order === undefined ? {} : { order }),
    ...(peek === undefined ? {} : { peek }),
  };
}
