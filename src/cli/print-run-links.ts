import type { ChildView, RunTree } from "../workers/run-tree.ts";
import type { RunView } from "../workers/run-view.ts";
import { paintRunState, shorten, toLocalTime, toSpan } from "./format.ts";
import { type Colors, out, printTable } from "./print.ts";

const textWidth = 160;

/** What else there is to say of a run, as title and text: other runs, attempts, and what it waits for. */
export function linesOf({
  row,
  links,
  attempts,
  pause,
  waits,
}: RunView): readonly (readonly [string, string])[] {
  const { parent, parentKey, root, continuedFrom, continuedTo, forkedFrom } = links;
  const top = root === null || root === parent ? "" : `; the tree begins with run ${root}`;
  return [
    ...(parent === null ? [] : [["parent", `run ${parent}, call ${parentKey ?? "?"}${top}`] as const]),
    ...(continuedFrom === null ? [] : [["continues", `run ${continuedFrom}`] as const]),
    ...(continuedTo === null ? [] : [["continued", `by run ${continuedTo}`] as const]),
    ...(forkedFrom === null ? [] : [["forked", `from run ${forkedFrom}`] as const]),
    ...(attempts.length < 2 ? [] : attempts.map((attempt) => ["attempt", describeAttempt(attempt)] as const)),
    ...(pause === null ? [] : [["paused", `by ${pause.by} since ${toLocalTime(pause.at)}`] as const]),
    ...waits.map((wait) => ["waiting", describeWait(wait, row.id)] as const),
  ];
}

function describeAttempt(attempt: RunView["attempts"][number]): string {
  const { attempt: n, state, error, beganAt, endedAt, notBefore, reason } = attempt;
  const why = error === null ? "" : `: ${error.name}: ${error.message}`;
  const asked = reason === null ? "" : `, asked for: ${reason}`;
  const begin = notBefore === null ? "" : `, not before ${toLocalTime(notBefore)}`;
  if (beganAt === null && endedAt === null) return `${n} is to come${begin}${asked}`;
  const span = beganAt === null || endedAt === null ? "" : ` after ${toSpan(beganAt, endedAt, endedAt)}`;
  return shorten(`${n} ${state === "Open" ? "is under way" : `${state}${span}${why}`}${asked}`, textWidth);
}

function describeWait({ name, prompt, since }: RunView["waits"][number], run: string): string {
  const asked = prompt === null ? "" : ` (${shorten(prompt, textWidth)})`;
  return `for signal ${name}${asked} since ${toLocalTime(since)}: npx millrace signal ${run} ${name} JSON`;
}

interface TreeRow {
  readonly lead: string; // "│  ├─ "
  readonly child: ChildView;
}

/** The runs that a run called, below each the runs that it called. */
export function printTree({ children, left }: RunTree, colors: Colors): void {
  if (children.length === 0) return;
  const rows = toRows(children, "");
  const now = Date.now();
  out("");
  printTable(
    [
      { title: "CHILD", cells: rows.map(({ lead, child }) => `${lead}${child.key}`) },
      {
        title: "STATE",
        cells: rows.map(({ child }) => stateOf(child)),
        paint: (cell, index) => {
          const state = rows[index]?.child.state ?? null;
          return state === null ? cell : paintRunState(state, colors)(cell);
        },
      },
      { title: "FLOW", cells: rows.map(({ child }) => child.flow) },
      {
        title: "NAME",
        cells: rows.map(({ child }) => child.name ?? "-"),
        paint: (cell) => colors.magenta(cell),
      },
      {
        title: "DURATION",
        cells: rows.map(({ child }) => toSpan(child.createdAt, child.endedAt, now)),
      },
      { title: "ID", cells: rows.map(({ child }) => child.run), paint: (cell) => colors.dim(cell) },
    ],
    colors,
  );
  if (left > 0) out(colors.dim(`(${left} more: npx millrace runs ls --parent RUN)`));
}

function stateOf({ state, closing }: ChildView): string {
  const name = state?.name ?? "Scheduled";
  return closing === null ? name : `${name} (${closing.toLowerCase()} by its parent)`;
}

function toRows(children: readonly ChildView[], indent: string): readonly TreeRow[] {
  return children.flatMap((child, index) => {
    const isLast = index === children.length - 1;
    const below = toRows(child.children, `${indent}${isLast ? "   " : "│  "}`);
    return [{ lead: `${indent}${isLast ? "└─ " : "├─ "}`, child }, ...below];
  });
}
