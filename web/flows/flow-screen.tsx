import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { AnswerOf } from "../../src/server/contract/routes.ts";
import { asked, useApi } from "../api/context.tsx";
import { toSpan } from "../format/instants.ts";
import { toCount, toShare } from "../format/numbers.ts";
import { toPlainLine } from "../format/plain-text.ts";
import { useKeys } from "../keys/use-keys.tsx";
import { Button, buttonNames } from "../ui/button.tsx";
import { ErrorState, Skeleton } from "../ui/notices.tsx";
import { usePageSign } from "../ui/page-sign.ts";
import { Tabs } from "../ui/tabs.tsx";
import type { FlowSearch, FlowTab } from "./flow-search.ts";
import { flowTabs } from "./flow-search.ts";
import { FlowTasks } from "./flow-tasks.tsx";
import { FlowVersions } from "./flow-versions.tsx";
import { LaunchTab } from "./launch-tab.tsx";
import { TaskGrid } from "./task-grid.tsx";
import { Trends } from "./trends.tsx";

const route = getRouteApi("/flows/$flow");
const words: Readonly<Record<FlowTab, string>> = {
  grid: "Grid",
  trends: "Trends",
  tasks: "Tasks",
  launch: "Launch",
  versions: "Versions",
};

/** One flow: how its tasks went in its last runs, how it changed over time, and how to start it. */
export function FlowScreen() {
  const { flow } = route.useParams();
  const { tab = "grid", from } = route.useSearch();
  const navigate = route.useNavigate();
  const detail = useQuery(asked(useApi(), "flow", { params: { flow } }));
  usePageSign({ title: flow });
  const show = (next: FlowTab): void =>
    void navigate({ search: (next === "grid" ? {} : { tab: next }) satisfies FlowSearch });
  useKeys(
    flowTabs.map((one, index) => ({
      keys: String(index + 1),
      does: `show ${words[one].toLowerCase()}`,
      group: "Flow",
      act: () => show(one),
    })),
  );
  if (detail.isError)
    return (
      <ErrorState
        isPage
        what="The flow could not be loaded"
        error={detail.error}
        onRetry={() => void detail.refetch()}
      />
    );
  if (detail.data === undefined) return <Skeleton rows={12} label="Loading the flow" />;
  return (
    <div className="flex min-h-0 flex-1 flex-col bg-surface">
      <FlowHead detail={detail.data} onLaunch={() => show("launch")} />
      <Tabs
        label="Parts of the flow"
        value={tab}
        onChange={(id) => show(flowTabs.find((one) => one === id) ?? "grid")}
        tabs={flowTabs.map((id) => ({ id, label: words[id] }))}
      >
        <div className="min-h-0 flex-1 overflow-auto bg-canvas p-3">
          {tab === "grid" && <TaskGrid flow={flow} />}
          {tab === "trends" && <Trends flow={flow} />}
          {tab === "tasks" && <FlowTasks tasks={detail.data.tasks} />}
          {tab === "launch" && <LaunchTab key={from ?? ""} detail={detail.data} from={from ?? null} />}
          {tab === "versions" && <FlowVersions versions={detail.data.versions} />}
        </div>
      </Tabs>
    </div>
  );
}

function FlowHead({
  detail,
  onLaunch,
}: {
  readonly detail: AnswerOf<"flow">;
  readonly onLaunch: () => void;
}) {
  const { flow, source, queue, workers, stats } = detail;
  return (
    <header className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-3">
      <h1 className="text-xl font-semibold">
        <bdi>{toPlainLine(flow)}</bdi>
      </h1>
      <p className="flex flex-1 flex-wrap gap-x-4 text-soft max-md:order-last max-md:basis-full">
        {source !== null && <bdi className="font-mono text-xs leading-5">{source}</bdi>}
        <span>
          queue <bdi>{queue}</bdi>
        </span>
        <span className={workers === 0 ? "text-state-scheduled" : ""}>
          {workers === 0
            ? "no live worker"
            : `${toCount(workers)} live ${workers === 1 ? "worker" : "workers"}`}
        </span>
        <span>
          {toCount(stats.runs)} runs
          {stats.successRate !== null && `, ${toShare(stats.successRate, 1)} completed`}
          {stats.p95Ms !== null && `, p95 ${toSpan(stats.p95Ms)}`}
        </span>
      </p>
      <Link to="/runs" search={{ q: `flow:${JSON.stringify(flow)}` }} className={buttonNames("plain")}>
        Runs
      </Link>
      <Button look="primary" icon="launch" onClick={onLaunch}>
        Launch
      </Button>
    </header>
  );
}
