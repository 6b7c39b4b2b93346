import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { asked, useApi } from "../api/context.tsx";
import { Empty, ErrorState, Skeleton } from "../ui/notices.tsx";
import { usePageSign } from "../ui/page-sign.ts";
import { CallPanel } from "./call/call-panel.tsx";
import { useRunFeed } from "./history/use-run-feed.ts";
import { RunContext, type RunScope, useRun, useRunSearch } from "./run-context.tsx";
import { RunHeader } from "./run-header.tsx";
import { RunTabs } from "./run-tabs.tsx";
import { Scrubber } from "./scrubber/scrubber.tsx";
import { useScrub } from "./scrubber/use-scrub.ts";
import { WhyLine } from "./why-line.tsx";

const route = getRouteApi("/runs/$run");

/** A run, at any moment of its history. */
export function RunScreen() {
  const { run } = route.useParams();
  const detail = useQuery(asked(useApi(), "run", { params: { run } }));
  if (detail.isError)
    return (
      <ErrorState
        isPage
        what="The run could not be loaded"
        error={detail.error}
        onRetry={() => void detail.refetch()}
      />
    );
  // The address may have its name, or the beginning of its id.
  return detail.data === undefined ? (
    <Skeleton />
  ) : (
    <Run key={detail.data.row.run} run={detail.data.row.run} />
  );
}

function Run({ run }: { readonly run: string }) {
  const { feed, view } = useRunFeed(run);
  const { at, goTo } = useScrub();
  const scope = useMemo((): RunScope => {
    const n = at === null ? view.last : Math.min(at, view.isWhole ? view.last : view.length);
    const isPast = n < view.last;
    const instant = isPast ? (view.eventAt(n)?.recordedAt ?? null) : null;
    const head = feed.stateAt(view.last);
    const picture = isPast ? feed.stateAt(n) : head;
    return {
      run,
      feed,
      view,
      head,
      goTo,
      moment: { n, picture, isPast, at: instant ?? head.summary.endedAt },
    };
  }, [run, feed, view, at, goTo]);
  if (view.error !== null && view.last === 0)
    return (
      <ErrorState
        what="The events of the run could not be loaded"
        error={view.error}
        onRetry={() => void feed.load()}
      />
    );
  if (scope.head.summary.position === 0) return view.last === 0 ? <Skeleton /> : <Empty title="No events" />;
  return (
    <RunContext value={scope}>
      <RunFrame />
    </RunContext>
  );
}

/** Amber around everything while one looks back, so that nobody takes the past for the present. */
function RunFrame() {
  const { moment, head } = useRun();
  const [{ call }] = useRunSearch();
  const { flow, name, state, stateName } = head.summary;
  usePageSign({ title: `${flow} · ${name}`, state, stateName });
  return (
    <article data-past={moment.isPast} className="relative flex min-h-0 flex-1 flex-col">
      {moment.isPast && (
        <div
          aria-hidden
          className="pointer-events-none absolute inset-0 z-30 border-3 border-state-scheduled"
        />
      )}
      <RunHeader />
      <WhyLine />
      <div className="relative flex min-h-0 flex-1">
        <div className="flex min-w-0 flex-1 flex-col">
          <RunTabs />
        </div>
        {call !== undefined && <CallPanel key={call} callKey={call} />}
      </div>
      <Scrubber />
    </article>
  );
}
