import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { type MouseEvent, useState } from "react";
import type { AnswerOf } from "../../src/server/contract/routes.ts";
import { asked, useApi } from "../api/context.tsx";
import { toSpan } from "../format/instants.ts";
import { toCounted } from "../format/numbers.ts";
import { toPlainLine } from "../format/plain-text.ts";
import { colorOf, markOf, toWords } from "../format/states.ts";
import { Button } from "../ui/button.tsx";
import { Empty, ErrorState, Skeleton } from "../ui/notices.tsx";
import { Panel } from "../ui/panel.tsx";
import { StateMark } from "../ui/state-mark.tsx";

type Grid = AnswerOf<"grid">;
type Cell = Grid["tasks"][number]["cells"][number];

const firstTasks = 60;

/** Tasks by runs: a red row is a bad task, a red column a bad day. */
export function TaskGrid({ flow }: { readonly flow: string }) {
  const grid = useQuery(asked(useApi(), "grid", { params: { flow }, query: { runs: 50 } }));
  const [shown, setShown] = useState(firstTasks);
  const follow = useFollow();
  if (grid.isError)
    return (
      <ErrorState
        what="The grid could not be loaded"
        error={grid.error}
        onRetry={() => void grid.refetch()}
      />
    );
  if (grid.data === undefined) return <Skeleton rows={8} label="Loading the grid" />;
  const { runs, tasks } = grid.data;
  if (runs.length === 0) return <Empty title="This flow has not run yet" />;
  const hidden = tasks.length - shown;
  return (
    <Panel
      title="Tasks in the last runs"
      aside={<span className="text-xs text-faint">newest at the right</span>}
    >
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions, jsx-a11y/click-events-have-key-events -- links inside bring their own keys */}
      <div ref={showNewest} className="max-h-[70vh] overflow-auto rounded-b-lg" onClick={follow}>
        <table className="border-separate border-spacing-0">
          <Columns runs={runs} />
          <tbody>
            {tasks.slice(0, shown).map(({ name, cells }) => (
              <Row key={name} task={name} cells={cells} runs={runs} />
            ))}
          </tbody>
        </table>
      </div>
      {hidden > 0 && (
        <div className="border-t border-line p-2">
          <Button onClick={() => setShown(shown + 200)}>{toCounted(hidden, "more task")}</Button>
        </div>
      )}
    </Panel>
  );
}

function showNewest(element: HTMLElement | null): void {
  if (element !== null) element.scrollLeft = element.scrollWidth;
}

/** Thousands of cells are plain links; one listener takes them through the router. */
function useFollow(): (event: MouseEvent) => void {
  const router = useRouter();
  return (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (link === null || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    router.history.push(link.getAttribute("href") ?? "");
  };
}

const headNames =
  "sticky left-0 z-10 w-52 max-w-52 min-w-36 truncate border-r border-line bg-surface px-3 text-left";

function Columns({ runs }: { readonly runs: Grid["runs"] }) {
  const hrefOf = useHrefs();
  return (
    <thead>
      <tr>
        <th scope="col" className={`${headNames} top-0 z-20 py-1 text-xs font-normal text-faint`}>
          Task
        </th>
        {runs.toReversed().map(({ run, name, state, stateName, ms }) => (
          <th
            key={run}
            scope="col"
            className="sticky top-0 z-10 border-b border-line bg-surface p-0 font-normal"
          >
            <a
              href={hrefOf(run)}
              className="flex size-6 items-center justify-center"
              title={`${toPlainLine(name)}: ${toWords(stateName)}${ms === null ? "" : `, ${toSpan(ms)}`}`}
            >
              <StateMark state={state} name={stateName} size={12} />
              <span className="sr-only">
                {toPlainLine(name)}, {toWords(stateName)}
              </span>
            </a>
          </th>
        ))}
      </tr>
    </thead>
  );
}

interface RowProps {
  readonly task: string;
  readonly cells: readonly Cell[];
  readonly runs: Grid["runs"];
}

function Row({ task, cells, runs }: RowProps) {
  const hrefOf = useHrefs();
  const byRun = new Map(cells.map((cell) => [cell.run, cell]));
  return (
    <tr className="hover:bg-hover">
      <th scope="row" className={`${headNames} font-medium`}>
        <bdi title={toPlainLine(task)}>{toPlainLine(task)}</bdi>
      </th>
      {runs.toReversed().map(({ run, name }) => {
        const cell = byRun.get(run);
        if (cell === undefined) return <td key={run} aria-label="not called" />;
        const words = describe(task, name, cell);
        const color = colorOf(markOf(cell.state));
        return (
          <td key={run} className="p-0">
            <a
              href={`${hrefOf(run)}?${new URLSearchParams({ call: cell.key }).toString()}`}
              aria-label={words}
              title={words}
              className="flex size-6 items-center justify-center"
            >
              <Square state={cell.state} color={color} />
            </a>
          </td>
        );
      })}
    </tr>
  );
}

/** Full for what completed, and for what did not the mark itself: shape says it too. */
function Square({ state, color }: { readonly state: string; readonly color: string }) {
  const mark = markOf(state);
  if (mark !== "completed" && mark !== "cached") return <StateMark state={state} size={16} />;
  return (
    <span
      className="mark size-4 rounded-[3px]"
      style={mark === "cached" ? { border: `2px solid ${color}` } : { background: color, opacity: 0.75 }}
    />
  );
}

function describe(task: string, run: string, { state, ms, calls }: Cell): string {
  const took = ms === null ? "" : `, ${toSpan(ms)}`;
  return `${toPlainLine(task)} in ${toPlainLine(run)}: ${toWords(state)}${took}${calls > 1 ? `, ${calls} calls` : ""}`;
}

function useHrefs(): (run: string) => string {
  const router = useRouter();
  const base = router.basepath.replace(/\/$/, "");
  return (run) => `${base}/runs/${encodeURIComponent(run)}`;
}
