import { openExisting } from "../../workers/client.ts";
import type { StepReport } from "../../workers/run-report.ts";
import type { ChildView } from "../../workers/run-tree.ts";
import { type RunView, readRunView } from "../../workers/run-view.ts";
import { paintRunState, paintState, shorten, toIso, toLocalTime, toSpan } from "../format.ts";
import { exits } from "../outcome.ts";
import { type Colors, colorsOf, out, printTable } from "../print.ts";
import { linesOf, printTree } from "../print-run-links.ts";
import { toLine } from "../to-json.ts";
import { toRecord } from "./runs.ts";

/** `millrace runs get RUN`: all there is to know about a run. */
export async function showRunCommand(
  reference: string,
  { json = false }: { json?: boolean },
): Promise<number> {
  const client = await openExisting();
  try {
    const view = await readRunView(client, reference);
    if (json) out(toLine(toJsonView(view)));
    else printView(view);
    return exits.ok;
  } finally {
    await client.close();
  }
}

function toJsonView(view: RunView): unknown {
  const { row, owner, source, events, turns, steps, input, result, error } = view;
  const { parentKey, continuedFrom, continuedTo, forkedFrom } = view.links;
  const tasks = steps.map(({ startedAt, endedAt, ...step }) => ({
    ...step,
    started: toIso(startedAt),
    ended: toIso(endedAt),
    durationMs: startedAt === null || endedAt === null ? null : endedAt - startedAt,
  }));
  const attempts = view.attempts.map(({ askedAt, notBefore, beganAt, endedAt, ...attempt }) => ({
    ...attempt,
    asked: toIso(askedAt),
    notBefore: toIso(notBefore),
    began: toIso(beganAt),
    ended: toIso(endedAt),
  }));
  return {
    ...toRecord(row, Date.now()),
    links: { parentKey, continuedFrom, continuedTo, forkedFrom },
    owner,
    source,
    events,
    turns,
    attempts,
    pause: toJsonPause(view),
    waits: view.waits.map(({ since, ...wait }) => ({ ...wait, since: toIso(since) })),
    children: view.tree.children.map(toJsonChild),
    tasks,
    input,
    result,
    error,
  };
}

function toJsonPause({ pause }: RunView): unknown {
  return pause === null ? null : { by: pause.by, reason: pause.reason, since: toIso(pause.at) };
}

function toJsonChild({ createdAt, endedAt, children, ...child }: ChildView): unknown {
  const times = { created: toIso(createdAt), ended: toIso(endedAt) };
  return { ...child, ...times, children: children.map(toJsonChild) };
}

function printView(view: RunView): void {
  const { row, owner, source, events, turns, steps, tree, input, result, why } = view;
  const colors = colorsOf(process.stdout);
  const now = Date.now();
  const line = (title: string, text: string): void => out(`${colors.dim(title.padEnd(9))} ${text}`);
  const { state } = row;
  out(`${colors.bold("Flow run")} ${colors.magenta(`'${row.name}'`)} of flow '${row.flow}'`);
  line("id", row.id);
  line(
    "state",
    `${paintRunState(state, colors)(state.name)}${state.message === null ? "" : `: ${state.message}`}`,
  );
  line("queue", `${row.queue}${row.tags.length === 0 ? "" : `; tags ${row.tags.join(", ")}`}`);
  line("created", toLocalTime(row.createdAt));
  if (row.endedAt !== null)
    line("ended", `${toLocalTime(row.endedAt)}, after ${toSpan(row.startedAt, row.endedAt, now)}`);
  if (owner !== null) line("owner", describeOwner(owner));
  if (source !== null) line("source", source);
  for (const [title, text] of linesOf(view)) line(title, text);
  line("history", `${events} events, ${turns} turns`);
  if (input !== undefined) line("input", shorten(toLine(input), textWidth));
  if (state.type === "COMPLETED") line("result", shorten(toLine(result), textWidth));
  if (steps.length > 0) printSteps(steps, { now, isOver: state.isFinal }, colors);
  printTree(tree, colors);
  if (why !== null) out(`\n${why}`);
  const hint = hintFor(view);
  if (hint !== null) out(`\n${hint}`);
}

const textWidth = 2_000;

function describeOwner({ worker, host, pid, isAlive }: NonNullable<RunView["owner"]>): string {
  return `worker ${worker}${host === null ? "" : ` (host ${host}, pid ${pid ?? "?"})`}, ${isAlive ? "alive" : "dead"}`;
}

const watched: ReadonlySet<string> = new Set([
  "Running",
  "Retrying",
  "Pending",
  "Paused",
  "Waiting",
  "Cancelling",
]);

function hintFor({ row, pause }: RunView): string | null {
  const { state, id } = row;
  if (state.isFinal) return null;
  if (pause !== null) return `Let it go on: npx millrace resume ${id}`;
  if (watched.has(state.name)) return `Watch it: npx millrace events ${id} -f`;
  if (state.name === "Scheduled")
    return "It waits for a worker that serves its flow: npx millrace worker FILE";
  return `Continue it: npx millrace resume ${id}`;
}

interface Moment {
  readonly now: number;
  readonly isOver: boolean; // the run has ended: open steps were left behind
}

function printSteps(steps: readonly StepReport[], { now, isOver }: Moment, colors: Colors): void {
  const shown = steps.length > most ? [...steps.slice(0, most / 2), ...steps.slice(-most / 2)] : steps;
  const states = shown.map(({ state, endedAt }) => (isOver && endedAt === null ? "Abandoned" : state));
  out("");
  printTable(
    [
      { title: "TASK", cells: shown.map(({ name }) => name) },
      {
        title: "STATE",
        cells: states,
        paint: (cell, index) => paintState(states[index] ?? "", colors)(cell),
      },
      { title: "ATTEMPTS", cells: shown.map(({ attempts }) => (attempts === 0 ? "" : String(attempts))) },
      { title: "DURATION", cells: shown.map((step) => spanOf(step, now, isOver)) },
      { title: "QUEUE", cells: shown.map(({ queue }) => queue ?? "-") },
      {
        title: "ERROR",
        cells: shown.map(({ error }) =>
          error === null ? "" : shorten(`${error.name}: ${error.message}`, 80),
        ),
        paint: (cell) => colors.red(cell),
      },
    ],
    colors,
  );
  if (shown.length < steps.length) {
    out(
      colors.dim(
        `(${steps.length - shown.length} of ${steps.length} in the middle are left out; --json has all)`,
      ),
    );
  }
}

const most = 60;

function spanOf({ startedAt, endedAt }: StepReport, now: number, isOver: boolean): string {
  return isOver && endedAt === null ? "" : toSpan(startedAt, endedAt, now);
}
