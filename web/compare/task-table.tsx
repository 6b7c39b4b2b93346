import { useMemo, useState } from "react";
import type { Comparison } from "../../src/server/contract/compare.ts";
import { toSpan } from "../format/instants.ts";
import { toCounted } from "../format/numbers.ts";
import { toPlainLine } from "../format/plain-text.ts";
import { Button } from "../ui/button.tsx";
import { type Column, DataGrid } from "../ui/data-grid.tsx";
import { Empty } from "../ui/notices.tsx";
import { Panel } from "../ui/panel.tsx";
import { StateBadge } from "../ui/state-mark.tsx";

export type ComparedTask = Comparison["tasks"][number];
type Side = ComparedTask["a"];

interface TaskTableProps {
  readonly tasks: readonly ComparedTask[];
  readonly chosen: string | null;
  readonly onChoose: (key: string | null) => void;
}

const rowPx = 32;

/** Tasks of either run, matched by their keys; those that differ first of all. */
export function TaskTable({ tasks, chosen, onChoose }: TaskTableProps) {
  const [isAll, setAll] = useState(false);
  const different = useMemo(() => tasks.filter(differs), [tasks]);
  const rows = isAll ? tasks : different;
  const columns = useMemo(() => columnsOf(chosen, onChoose), [chosen, onChoose]);
  return (
    <Panel
      title={`${toCounted(different.length, "task differs", "tasks differ")} of ${tasks.length}`}
      aside={
        <Button look="quiet" aria-pressed={isAll} onClick={() => setAll(!isAll)}>
          {isAll ? "Only what differs" : "All tasks"}
        </Button>
      }
    >
      {rows.length === 0 ? (
        <Empty title="Every task went the same way" />
      ) : (
        <div className="flex" style={{ height: Math.min(480, (rows.length + 1) * rowPx + 4) }}>
          <DataGrid
            label="Tasks of both runs"
            columns={columns}
            rows={rows}
            rowId={({ key }) => key}
            rowPx={rowPx}
          />
        </div>
      )}
    </Panel>
  );
}

function differs({ a, b, sameInput, sameOutput }: ComparedTask): boolean {
  return a === null || b === null || a.state !== b.state || sameInput === false || sameOutput === false;
}

function columnsOf(
  chosen: string | null,
  onChoose: (key: string | null) => void,
): readonly Column<ComparedTask>[] {
  return [
    {
      id: "key",
      title: "Task",
      width: "minmax(120px, 1fr)",
      render: ({ key }) => (
        <button
          type="button"
          aria-pressed={key === chosen}
          className="min-h-6 font-medium hover:underline"
          onClick={() => onChoose(key === chosen ? null : key)}
        >
          <bdi>{toPlainLine(key)}</bdi>
        </button>
      ),
    },
    { id: "a", title: "A", width: "minmax(92px, 130px)", render: ({ a }) => <State side={a} /> },
    { id: "b", title: "B", width: "minmax(92px, 130px)", render: ({ b }) => <State side={b} /> },
    {
      id: "ms",
      title: "Duration",
      width: "minmax(130px, 220px)",
      from: "tablet",
      render: ({ a, b }) => <Spans a={a} b={b} />,
    },
    { id: "values", title: "Values", width: "minmax(70px, 150px)", render: (task) => <Values task={task} /> },
    {
      id: "error",
      title: "Error",
      width: "minmax(100px, 1fr)",
      from: "desktop",
      render: ({ a, b }) => <bdi className="text-soft">{toPlainLine(b?.error ?? a?.error ?? "")}</bdi>,
    },
  ];
}

function State({ side }: { readonly side: Side }) {
  return side === null ? <span className="text-faint">not called</span> : <StateBadge state={side.state} />;
}

function Spans({ a, b }: { readonly a: Side; readonly b: Side }) {
  const [one, other] = [a?.ms ?? null, b?.ms ?? null];
  const text = (ms: number | null): string => (ms === null ? "–" : toSpan(ms));
  if (one === null || other === null) return `${text(one)} / ${text(other)}`;
  const delta = other - one;
  const isMuch = Math.abs(delta) > Math.max(one, other) * 0.2;
  return (
    <span>
      {text(one)} / {text(other)}{" "}
      <span className={isMuch ? "font-medium" : "text-faint"}>
        {delta >= 0 ? "+" : "−"}
        {toSpan(Math.abs(delta))}
      </span>
    </span>
  );
}

function Values({ task: { sameInput, sameOutput } }: { readonly task: ComparedTask }) {
  const changed = [...(sameInput === false ? ["input"] : []), ...(sameOutput === false ? ["result"] : [])];
  return changed.length === 0 ? (
    <span className="text-faint">same</span>
  ) : (
    <span>● {changed.join(", ")}</span>
  );
}
