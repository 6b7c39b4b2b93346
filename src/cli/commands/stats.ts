import { formatMs } from "../../base/durations.ts";
import { type FlowReport, readStatistics } from "../../workers/statistics.ts";
import { catchUpFirst } from "../catch-up.ts";
import { paintState, toIso, toLocalTime, toSpan } from "../format.ts";
import { exits } from "../outcome.ts";
import { type Colors, colorsOf, note, out, printTable } from "../print.ts";
import { toLine } from "../to-json.ts";
import { withClient } from "../with-client.ts";

export interface StatsCommand {
  readonly flow?: string;
  readonly json?: boolean;
}

/** `millrace stats`: how runs ended and how long they took, flow by flow. */
export async function statsCommand({ flow, json = false }: StatsCommand): Promise<number> {
  return withClient(async (client) => {
    await catchUpFirst(client);
    const reports = await readStatistics(client, flow ?? null);
    if (json) for (const report of reports) out(toLine(toRecord(report)));
    else if (reports.length > 0) print(reports, flow !== undefined);
    if (reports.length === 0)
      note(flow === undefined ? "No runs. Make one: npx tsx FILE" : `No runs of flow "${flow}".`);
    return exits.ok;
  });
}

function toRecord({ lastAt, recent, ...report }: FlowReport): unknown {
  const last = recent.map(({ run, name, state, stateName, startedAt, endedAt }) => ({
    id: run,
    name,
    state: { type: state, name: stateName },
    started: toIso(startedAt),
    ended: toIso(endedAt),
  }));
  return { ...report, last: toIso(lastAt), recent: last };
}

function print(reports: readonly FlowReport[], isDetailed: boolean): void {
  const colors = colorsOf(process.stdout);
  printFlows(reports, colors);
  if (!isDetailed) return;
  for (const { tasks, recent } of reports) {
    if (tasks.length > 0) printTasks(tasks, colors);
    if (recent.length > 0) printRecent(recent, colors);
  }
}

function printFlows(reports: readonly FlowReport[], colors: Colors): void {
  const count = (title: string, countOf: (report: FlowReport) => number) => ({
    title,
    cells: reports.map((report) => (countOf(report) === 0 ? "" : String(countOf(report)))),
  });
  printTable(
    [
      { title: "FLOW", cells: reports.map(({ flow }) => flow) },
      { title: "RUNS", cells: reports.map(({ runs }) => String(runs)) },
      count("OPEN", ({ open }) => open),
      count("COMPLETED", ({ completed }) => completed),
      count("FAILED", ({ failed }) => failed),
      count("TIMED OUT", ({ timedOut }) => timedOut),
      count("CANCELLED", ({ cancelled }) => cancelled),
      count("CRASHED", ({ crashed }) => crashed),
      { title: "SUCCESS", cells: reports.map(({ successRate }) => toShare(successRate)) },
      { title: "P50", cells: reports.map(({ p50Ms }) => toTime(p50Ms)) },
      { title: "P95", cells: reports.map(({ p95Ms }) => toTime(p95Ms)) },
      { title: "LAST", cells: reports.map(({ lastAt }) => (lastAt === null ? "" : toLocalTime(lastAt))) },
    ],
    colors,
  );
}

/** A column, unless there is nothing in it. */
function someOf(
  title: string,
  tasks: FlowReport["tasks"],
  countOf: (task: FlowReport["tasks"][number]) => number,
): readonly { readonly title: string; readonly cells: readonly string[] }[] {
  const counts = tasks.map(countOf);
  return counts.some((count) => count > 0) ? [{ title, cells: counts.map(String) }] : [];
}

function printTasks(tasks: FlowReport["tasks"], colors: Colors): void {
  out("");
  printTable(
    [
      { title: "TASK", cells: tasks.map(({ task }) => task) },
      { title: "CALLS", cells: tasks.map(({ calls }) => String(calls)) },
      { title: "COMPLETED", cells: tasks.map(({ completed }) => String(completed)) },
      { title: "FAILED", cells: tasks.map(({ failed }) => String(failed)) },
      ...someOf("CACHED", tasks, ({ cached }) => cached),
      ...someOf("CANCELLED", tasks, ({ cancelled }) => cancelled),
      { title: "RETRIES", cells: tasks.map(({ retries }) => String(retries)) },
      { title: "SUCCESS", cells: tasks.map(({ successRate }) => toShare(successRate)) },
      { title: "P50", cells: tasks.map(({ p50Ms }) => toTime(p50Ms)) },
      { title: "P95", cells: tasks.map(({ p95Ms }) => toTime(p95Ms)) },
    ],
    colors,
  );
}

function printRecent(recent: FlowReport["recent"], colors: Colors): void {
  out("");
  printTable(
    [
      { title: "LAST RUNS", cells: recent.map(({ name }) => name), paint: (cell) => colors.magenta(cell) },
      {
        title: "STATE",
        cells: recent.map(({ stateName }) => stateName),
        paint: (cell, index) => paintState(recent[index]?.stateName ?? "", colors)(cell),
      },
      { title: "ENDED", cells: recent.map(({ endedAt }) => toLocalTime(endedAt)) },
      {
        title: "DURATION",
        cells: recent.map(({ startedAt, endedAt }) => toSpan(startedAt, endedAt, endedAt)),
      },
    ],
    colors,
  );
}

function toShare(share: number | null): string {
  return share === null ? "" : `${(share * 100).toFixed(1)} %`;
}

function toTime(ms: number | null): string {
  return ms === null ? "" : formatMs(ms);
}
