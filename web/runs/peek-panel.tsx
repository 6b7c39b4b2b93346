import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { AnswerOf } from "../../src/server/contract/routes.ts";
import { asked, useApi } from "../api/context.tsx";
import { useLive } from "../live/use-live.ts";
import { buttonNames, IconButton } from "../ui/button.tsx";
import { Ago, Duration } from "../ui/clock.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { JsonView } from "../ui/json-view.tsx";
import { ErrorState, Skeleton } from "../ui/notices.tsx";
import { StateBadge } from "../ui/state-mark.tsx";

interface PeekPanelProps {
  readonly run: string;
  readonly onClose: () => void;
}

/** The run of a row beside the list: enough to know whether to open it. */
export function PeekPanel({ run, onClose }: PeekPanelProps) {
  const detail = useQuery(asked(useApi(), "run", { params: { run } }));
  useLive(
    detail.data === undefined ? null : `run:${detail.data.row.run}@${detail.data.position}`,
    () => void detail.refetch(),
  );
  return (
    <aside
      aria-label="Run in short"
      className="flex w-96 max-w-full shrink-0 flex-col overflow-auto border-l border-line bg-surface max-lg:absolute max-lg:inset-y-0 max-lg:right-0 max-lg:z-20 max-lg:shadow-float"
    >
      <div className="sticky top-0 flex justify-end gap-1 bg-surface p-2">
        <Link to="/runs/$run" params={{ run }} className={buttonNames("primary")}>
          Open
        </Link>
        <IconButton icon="close" label="Close" onClick={onClose} />
      </div>
      {detail.isError && (
        <ErrorState
          what="The run could not be loaded"
          error={detail.error}
          onRetry={() => void detail.refetch()}
        />
      )}
      {detail.isPending && <Skeleton rows={6} />}
      {detail.data !== undefined && <Detail detail={detail.data} />}
    </aside>
  );
}

function Detail({ detail }: { readonly detail: AnswerOf<"run"> }) {
  const { row, why, input, output, error } = detail;
  return (
    <div className="flex flex-col gap-3 px-4 pb-4">
      <div>
        <h2 className="flex items-center text-lg font-semibold">
          <bdi className="truncate">{row.name}</bdi>
          <CopyButton text={row.run} label="Copy the id" />
        </h2>
        <p className="text-soft">
          <bdi>{row.flow}</bdi> · created <Ago at={row.createdAt} />
        </p>
      </div>
      <p className="flex items-center gap-3">
        <StateBadge state={row.state} name={row.stateName} />
        <Duration from={row.startedAt} to={row.endedAt} />
        {row.attempt > 1 && <span>attempt {row.attempt}</span>}
      </p>
      <ul className="flex flex-col gap-1">
        {why.map(({ text, when }) => (
          <li key={text}>
            {text}
            {when !== null && (
              <span className="text-soft">
                {" "}
                {when.what} <Ago at={when.at} />
              </span>
            )}
          </li>
        ))}
      </ul>
      <Value title="Input" value={input} />
      <Value title="Result" value={output} />
      <Value title="Error" value={error} />
    </div>
  );
}

function Value({ title, value }: { readonly title: string; readonly value: unknown }) {
  if (value === null || value === undefined) return null;
  return (
    <section>
      <h3 className="text-xs font-medium text-faint">{title}</h3>
      <JsonView value={value} />
    </section>
  );
}
