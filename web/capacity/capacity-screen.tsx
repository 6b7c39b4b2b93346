import { useQuery, useQueryClient } from "@tanstack/react-query";
import { asked, useApi } from "../api/context.tsx";
import { useLive } from "../live/use-live.ts";
import { ErrorState, Skeleton } from "../ui/notices.tsx";
import { usePageSign } from "../ui/page-sign.ts";
import { LimitPanel } from "./limit-panel.tsx";
import { QueuePanel } from "./queue-panel.tsx";
import { WorkerPanel } from "./worker-panel.tsx";

/** Queues, workers and limits on one page, as the question is one: why is it not faster. */
export function CapacityScreen() {
  const capacity = useQuery(asked(useApi(), "capacity", {}));
  const queries = useQueryClient();
  usePageSign({ title: "capacity" });
  useLive("capacity", () => void queries.invalidateQueries({ queryKey: ["capacity"] }));
  if (capacity.isError)
    return (
      <ErrorState
        isPage
        what="The capacity could not be loaded"
        error={capacity.error}
        onRetry={() => void capacity.refetch()}
      />
    );
  if (capacity.data === undefined) return <Skeleton rows={12} label="Loading queues, workers and limits" />;
  const { sentence, queues, workers, limits } = capacity.data;
  return (
    <div className="flex flex-col gap-3 overflow-auto p-3">
      <h1 className="text-lg font-semibold">Capacity</h1>
      <p className="rounded-lg border border-line bg-surface px-3 py-2 text-base">{sentence}</p>
      <div className="grid items-start gap-3 2xl:grid-cols-2">
        <QueuePanel queues={queues} />
        <WorkerPanel workers={workers} />
      </div>
      <LimitPanel limits={limits} />
    </div>
  );
}
