import { getRouteApi } from "@tanstack/react-router";
import { usePageSign } from "../ui/page-sign.ts";
import { Tabs } from "../ui/tabs.tsx";
import { EventExplorer } from "./event-explorer.tsx";
import { ProjectionPanel } from "./projection-panel.tsx";

const route = getRouteApi("/log");

/** The log itself, and what is derived from it. */
export function LogScreen() {
  const { tab = "events", ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  usePageSign({ title: "log & audit" });
  return (
    <div className="flex min-h-0 flex-1 flex-col bg-surface">
      <h1 className="sr-only">Log and audit</h1>
      <Tabs
        label="Parts of the log"
        value={tab}
        onChange={(id) => void navigate({ search: id === "projections" ? { tab: id } : {} })}
        tabs={[
          { id: "events", label: "Events" },
          { id: "projections", label: "Derived" },
        ]}
      >
        {tab === "projections" ? (
          <ProjectionPanel />
        ) : (
          <EventExplorer
            key={JSON.stringify(filter)}
            filter={filter}
            onFilter={(next) => void navigate({ search: next })}
          />
        )}
      </Tabs>
    </div>
  );
}
