import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import type { AnswerOf } from "../../src/server/contract/routes.ts";
import { asked, useApi } from "../api/context.tsx";
import { FlowTable } from "../flows/flow-table.tsx";
import { toCount } from "../format/numbers.ts";
import { useLive } from "../live/use-live.ts";
import { buttonNames } from "../ui/button.tsx";
import { ErrorState, Skeleton } from "../ui/notices.tsx";
import { usePageSign } from "../ui/page-sign.ts";
import { Figure, Panel } from "../ui/panel.tsx";
import { AttentionList } from "./attention-list.tsx";
import { EndsChart } from "./ends-chart.tsx";
import { FirstSteps } from "./first-steps.tsx";
import { type HomeSearch, windows } from "./home-search.ts";

const route = getRouteApi("/");

/** Is anything on fire, and what is it. */
export function HomeScreen() {
  const { minutes = 60 } = route.useSearch();
  const api = useApi();
  const home = useQuery({ ...asked(api, "home", { query: { minutes } }), placeholderData: keepPreviousData });
  const flows = useQuery(asked(api, "flows", {}));
  useAskAgainOnNews();
  const problems = home.data?.attention.length ?? 0;
  usePageSign(
    problems === 0 ? { title: "home" } : { title: `home · ${problems} to look at`, state: "FAILED" },
  );
  if (home.isError)
    return (
      <ErrorState
        isPage
        what="The overview could not be loaded"
        error={home.error}
        onRetry={() => void home.refetch()}
      />
    );
  if (home.data === undefined) return <Skeleton rows={12} label="Loading the overview" />;
  if (flows.data?.length === 0) return <FirstSteps workers={home.data.now.workers} />;
  return (
    <div className="flex flex-col gap-3 overflow-auto p-3">
      <header className="flex items-center justify-between">
        <h1 className="text-lg font-semibold">Home</h1>
        <Windows minutes={minutes} />
      </header>
      <AttentionList items={home.data.attention} />
      <div className="grid gap-3 lg:grid-cols-[2fr_1fr]">
        <EndsChart home={home.data} />
        <Now now={home.data.now} />
      </div>
      <Panel title="Flows">
        {flows.isError && <ErrorState what="The flows could not be loaded" error={flows.error} />}
        {flows.data === undefined ? <Skeleton rows={4} /> : <FlowTable flows={flows.data} />}
      </Panel>
    </div>
  );
}

function Windows({ minutes }: { readonly minutes: number }) {
  return (
    <nav aria-label="How far back" className="flex gap-1">
      {windows.map((window) => (
        <Link
          key={window.minutes}
          to="/"
          search={(window.minutes === 60 ? {} : { minutes: window.minutes }) satisfies HomeSearch}
          aria-current={window.minutes === minutes ? "page" : undefined}
          className={buttonNames(window.minutes === minutes ? "plain" : "quiet")}
        >
          {window.label}
        </Link>
      ))}
    </nav>
  );
}

function Now({ now }: { readonly now: AnswerOf<"home">["now"] }) {
  return (
    <Panel title="Now">
      <dl className="grid grid-cols-2 gap-x-4 gap-y-3 p-3">
        <Figure label="running">
          <Link to="/runs" search={{ q: "status:running" }} className="hover:underline">
            {toCount(now.running)}
          </Link>
        </Figure>
        <Figure label="waiting">
          <Link to="/runs" search={{ q: "status:paused" }} className="hover:underline">
            {toCount(now.waiting)}
          </Link>
        </Figure>
        <Figure label="not begun">
          <Link to="/runs" search={{ q: "status:scheduled" }} className="hover:underline">
            {toCount(now.scheduled)}
          </Link>
        </Figure>
        <Figure label="in queues">
          <Link to="/capacity" className="hover:underline">
            {toCount(now.queued)}
          </Link>
        </Figure>
        <Figure label="workers alive">
          <Link to="/capacity" className="hover:underline">
            {toCount(now.workers)}
          </Link>
        </Figure>
      </dl>
    </Panel>
  );
}

const againMs = 2_000;

/** Figures of many runs are asked again a while after news, not for each of them. */
function useAskAgainOnNews(): void {
  const queries = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current);
      timer.current = null;
    },
    [],
  );
  useLive("runs", () => {
    timer.current ??= setTimeout(() => {
      timer.current = null;
      void queries.invalidateQueries({ queryKey: ["home"] });
      void queries.invalidateQueries({ queryKey: ["flows"] });
    }, againMs);
  });
}
