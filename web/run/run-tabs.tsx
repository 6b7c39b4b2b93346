import { lazy, Suspense } from "react";
import { toCount } from "../format/numbers.ts";
import { useKeys } from "../keys/use-keys.tsx";
import { Skeleton } from "../ui/notices.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { useMoment, useRunSearch } from "./run-context.tsx";
import { type RunTab, tabs } from "./run-search.ts";
import { TimelineTab } from "./timeline/timeline-tab.tsx";

const GraphTab = lazy(async () =>
  import("./graph/graph-tab.tsx").then(({ GraphTab }) => ({ default: GraphTab })),
);
const TasksTab = lazy(async () =>
  import("./tasks/tasks-tab.tsx").then(({ TasksTab }) => ({ default: TasksTab })),
);
const EventsTab = lazy(async () =>
  import("./events/events-tab.tsx").then(({ EventsTab }) => ({ default: EventsTab })),
);
const LogTab = lazy(async () => import("./log/log-tab.tsx").then(({ LogTab }) => ({ default: LogTab })));
const DataTab = lazy(async () => import("./data/data-tab.tsx").then(({ DataTab }) => ({ default: DataTab })));

const panels = {
  timeline: TimelineTab,
  graph: GraphTab,
  tasks: TasksTab,
  events: EventsTab,
  log: LogTab,
  data: DataTab,
} as const;

const words: Readonly<Record<RunTab, string>> = {
  timeline: "Timeline",
  graph: "Graph",
  tasks: "Tasks",
  events: "Events",
  log: "Log",
  data: "Data",
};

/** Six views of the same moment. */
export function RunTabs() {
  const [{ tab = "timeline" }, change] = useRunSearch();
  const choose = (tab: RunTab): void => {
    change({ tab: tab === "timeline" ? undefined : tab, find: undefined }, false);
  };
  useKeys(
    tabs.map((tab, index) => ({
      keys: String(index + 1),
      does: `show ${words[tab].toLowerCase()}`,
      group: "Run",
      act: () => choose(tab),
    })),
  );
  const Panel = panels[tab];
  return (
    <Tabs
      label="Views of the run"
      value={tab}
      onChange={(id) => {
        const chosen = tabs.find((known) => known === id);
        if (chosen !== undefined) choose(chosen);
      }}
      tabs={tabs.map((id) => ({
        id,
        label: (
          <>
            {words[id]}
            <Amount of={id} />
          </>
        ),
      }))}
    >
      <Suspense fallback={<Skeleton />}>
        <Panel />
      </Suspense>
    </Tabs>
  );
}

/** How much there is in a tab at the moment that is looked at. */
function Amount({ of }: { readonly of: RunTab }) {
  const { n, picture } = useMoment();
  if (of !== "tasks" && of !== "events") return null;
  return (
    <span className="text-xs font-normal text-faint">{toCount(of === "tasks" ? picture.tasks.size : n)}</span>
  );
}
