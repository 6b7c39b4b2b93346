import { useQuery } from "@tanstack/react-query";
import { asked, useApi } from "../api/context.tsx";
import { Empty, ErrorState, Skeleton } from "../ui/notices.tsx";
import { usePageSign } from "../ui/page-sign.ts";
import { Panel } from "../ui/panel.tsx";
import { FlowTable } from "./flow-table.tsx";

/** Every flow that ran or is served. */
export function FlowsScreen() {
  const flows = useQuery(asked(useApi(), "flows", {}));
  usePageSign({ title: "flows" });
  if (flows.isError)
    return (
      <ErrorState
        isPage
        what="The flows could not be loaded"
        error={flows.error}
        onRetry={() => void flows.refetch()}
      />
    );
  if (flows.data === undefined) return <Skeleton rows={10} label="Loading the flows" />;
  return (
    <div className="overflow-auto p-3">
      <h1 className="pb-3 text-lg font-semibold">Flows</h1>
      {flows.data.length === 0 ? (
        <Empty title="No flow yet">
          <p>
            A flow appears here when it was called, or when a worker serves it: `npx millrace dev flow.ts`.
          </p>
        </Empty>
      ) : (
        <Panel title="Every flow that ran or is served">
          <FlowTable flows={flows.data} />
        </Panel>
      )}
    </div>
  );
}
