import { getRouteApi } from "@tanstack/react-router";
import { memo, useLayoutEffect, useMemo, useRef } from "react";
import { ErrorState, Skeleton } from "../ui/notices.tsx";
import { usePageSign } from "../ui/page-sign.ts";
import { CallPanel } from "./call/call-panel.tsx";
import type { FeedView, RunFeed } from "./history/run-feed.ts";
import { useRunFeed } from "./history/use-run-feed.ts";
import {
  type Moment,
  MomentContext,
  RunContext,
  type RunScope,
  useRun,
  useRunSearch,
} from "./run-context.tsx";
import { RunHeader } from "./run-header.tsx";
import { RunTabs } from "./run-tabs.tsx";
import { Scrubber } from "./scrubber/scrubber.tsx";
import { useScrub } from "./scrubber/use-scrub.ts";
import { WhyLine } from "./why-line.tsx";

const route = getRouteApi("/runs/$run");

/** A run, at any moment of its history. */
export function RunScreen() {
  const { run } = route.useParams();
  return <Run key={run} reference={run} />; // its id, the beginning of that, or its name
}

function Run({ reference }: { readonly reference: string }) {
  const { feed, view } = useRunFeed(reference);
  const { at, goTo } = useScrub();
  const moment = useMemo(() => momentOf(feed, view, at), [feed, view, at]);
  const { isPast } = moment;
  const head = feed.stateAt(view.last);
  const newest = useRef(moment);
  useLayoutEffect(() => {
    newest.current = moment;
  });
  const scope = useMemo((): RunScope => {
    const looking = (): Moment => newest.current;
    return { run: view.run ?? reference, feed, view, head, isPast, goTo, looking };
  }, [reference, feed, view, head, isPast, goTo]);
  if (view.error !== null && view.last === 0)
    return (
      <ErrorState
        isPage
        what="The run could not be loaded"
        error={view.error}
        onRetry={() => void feed.load()}
      />
    );
  if (view.run === null) return <Skeleton />;
  return (
    <RunContext value={scope}>
      <MomentContext value={moment}>
        <RunFrame />
      </MomentContext>
    </RunContext>
  );
}

/** The state after event `at`, as far as it is here; null = now. */
function momentOf(feed: RunFeed, view: FeedView, at: number | null): Moment {
  const n = at === null ? view.last : Math.min(at, view.isWhole ? view.last : view.length);
  const isPast = n < view.last;
  const picture = feed.stateAt(isPast ? n : view.last);
  const instant = isPast ? (view.eventAt(n)?.recordedAt ?? null) : null;
  return { n, picture, isPast, at: instant ?? feed.stateAt(view.last).summary.endedAt };
}

/** Amber around everything while one looks back, so that nobody takes the past for the present. */
const RunFrame = memo(() => {
  const { isPast, head } = useRun();
  const [{ call }] = useRunSearch();
  const { flow, name, state, stateName } = head.summary;
  usePageSign({ title: `${flow} · ${name}`, state, stateName });
  return (
    <article data-past={isPast} className="relative flex min-h-0 flex-1 flex-col">
      {isPast && (
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
});
