import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import type { AnswerOf } from "../../src/server/contract/routes.ts";
import { asked, useApi } from "../api/context.tsx";
import { Button } from "../ui/button.tsx";
import { Empty, ErrorState, Skeleton } from "../ui/notices.tsx";
import { usePageSign } from "../ui/page-sign.ts";
import { ChooseRuns } from "./choose-runs.tsx";
import type { CompareSearch } from "./compare-search.ts";
import { RunSides } from "./run-sides.tsx";
import { TaskDiff } from "./task-diff.tsx";
import { TaskTable } from "./task-table.tsx";

const route = getRouteApi("/compare");

/** Two runs: where they first differ, and their tasks side by side. */
export function CompareScreen() {
  const { a = "", b = "", key = null } = route.useSearch();
  const navigate = route.useNavigate();
  const search = (next: CompareSearch): void => void navigate({ search: next });
  return (
    <div className="flex flex-col gap-3 overflow-auto p-3">
      <header className="flex flex-wrap items-center gap-3">
        <h1 className="text-lg font-semibold">Compare</h1>
        <ChooseRuns key={`${a} ${b}`} a={a} b={b} onChoose={search} />
        {a !== "" && b !== "" && <Button onClick={() => search({ a: b, b: a })}>Swap</Button>}
      </header>
      {a === "" || b === "" ? (
        <NotTwo />
      ) : (
        <TwoRuns
          a={a}
          b={b}
          chosen={key}
          onChoose={(next) => search({ a, b, ...(next === null ? {} : { key: next }) })}
        />
      )}
    </div>
  );
}

function NotTwo() {
  usePageSign({ title: "compare" });
  return (
    <Empty title="Two runs are needed">
      <p>Give their names or ids above, or choose two in the list of runs and press d.</p>
    </Empty>
  );
}

interface TwoRunsProps {
  readonly a: string;
  readonly b: string;
  readonly chosen: string | null; // key of a task
  readonly onChoose: (key: string | null) => void;
}

function TwoRuns({ a, b, chosen, onChoose }: TwoRunsProps) {
  const comparison = useQuery(asked(useApi(), "compare", { query: { a, b } }));
  const { data } = comparison;
  usePageSign({ title: data === undefined ? "compare" : `${data.a.name} ↔ ${data.b.name}` });
  if (comparison.isError)
    return (
      <ErrorState
        what="They could not be compared"
        error={comparison.error}
        onRetry={() => void comparison.refetch()}
      />
    );
  if (data === undefined) return <Skeleton rows={10} label="Comparing" />;
  return <Comparison comparison={data} chosen={chosen} onChoose={onChoose} />;
}

interface ComparisonProps {
  readonly comparison: AnswerOf<"compare">;
  readonly chosen: string | null; // key of a task
  readonly onChoose: (key: string | null) => void;
}

function Comparison({ comparison, chosen, onChoose }: ComparisonProps) {
  const { a, b, first, tasks } = comparison;
  const task = tasks.find(({ key }) => key === chosen);
  return (
    <>
      <RunSides a={a} b={b} />
      <p
        className={
          first === null
            ? "rounded-lg border border-line bg-surface px-3 py-2 font-medium"
            : "rounded-lg border border-line border-l-4 border-l-state-scheduled bg-surface px-3 py-2"
        }
      >
        {first === null ? (
          "They do not differ."
        ) : (
          <>
            <strong className="font-semibold">
              First divergence: event {first.a.position} against {first.b.position}.
            </strong>{" "}
            <bdi>{first.text}</bdi>
          </>
        )}
      </p>
      <TaskTable tasks={tasks} chosen={chosen} onChoose={onChoose} />
      {task !== undefined && (
        <TaskDiff key={task.key} a={a.run} b={b.run} task={task} onClose={() => onChoose(null)} />
      )}
    </>
  );
}
