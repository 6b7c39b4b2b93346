import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { asked, useApi } from "../api/context.tsx";
import { useLive } from "../live/use-live.ts";
import { Duration } from "../ui/clock.tsx";
import { ErrorState, Skeleton } from "../ui/notices.tsx";
import { usePageSign } from "../ui/page-sign.ts";
import { StateBadge } from "../ui/state-mark.tsx";

const route = getRouteApi("/runs/$run");

/** A run: what it is, and why it is where it is. */
export function RunScreen() {
  const { run } = route.useParams();
  const detail = useQuery(asked(useApi(), "run", { params: { run } }));
  const row = detail.data?.row;
  useLive(row === undefined ? null : `run:${row.run}@${row.position}`, () => void detail.refetch());
  usePageSign({
    title: row === undefined ? "run" : `${row.flow} · ${row.name}`,
    ...(row === undefined ? {} : { state: row.state, stateName: row.stateName }),
  });
  if (detail.isError)
    return (
      <ErrorState
        isPage
        what="The run could not be loaded"
        error={detail.error}
        onRetry={() => void detail.refetch()}
      />
    );
  if (detail.data === undefined || row === undefined) return <Skeleton />;
  return (
    <article className="flex flex-col gap-3 overflow-auto p-4">
      <header className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <h1 className="text-lg font-semibold">
          <bdi>{row.flow}</bdi> › <bdi>{row.name}</bdi>
        </h1>
        <StateBadge state={row.state} name={row.stateName} />
        <Duration from={row.startedAt} to={row.endedAt} />
      </header>
      <ul className="text-soft">
        {detail.data.why.map(({ text }) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </article>
  );
}
