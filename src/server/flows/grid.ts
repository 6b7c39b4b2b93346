import { type RunPicture, taskStateIn } from "../../projections/run-picture.ts";
import type { TaskPicture } from "../../projections/task-picture.ts";
import { seeRuns } from "../../workers/run-list.ts";
import type { Answerer } from "../ask.ts";
import { readPicture } from "../runs/picture-shelf.ts";
import { toRunBar } from "./flow-rows.ts";

const eventBudget = 40_000; // events that one answer reads

/** The worst first: what stands for several calls of a task in a run. */
const severity = [
  "Failed",
  "TimedOut",
  "Crashed",
  "Running",
  "AwaitingRetry",
  "Pending",
  "RolledBack",
  "Completed",
  "Cached",
];

export const answerGrid: Answerer<"grid"> = async ({ params: { flow }, query, client }) => {
  const { runs } = await seeRuns(client, { flows: [flow] }, { limit: query.runs, cursor: null });
  const tasks = new Map<string, Cell[]>();
  const share = Math.floor(eventBudget / Math.max(1, runs.length));
  let exact = true;
  for (const { summary } of runs) {
    if (summary.position > share) exact = false;
    const picture = await readPicture(client, summary.run, Math.min(share, summary.position));
    for (const [name, calls] of byName(picture)) {
      const cells = tasks.get(name) ?? [];
      cells.push(toCell(picture, calls));
      tasks.set(name, cells);
    }
  }
  return {
    exact,
    runs: runs.map(toRunBar),
    tasks: [...tasks].map(([name, cells]) => ({ name, cells })),
  };
};

interface Cell {
  readonly run: string;
  readonly state: string;
  readonly ms: number | null;
  readonly calls: number;
  readonly key: string;
}

function byName({ tasks }: RunPicture): ReadonlyMap<string, readonly TaskPicture[]> {
  const calls = new Map<string, TaskPicture[]>();
  for (const task of tasks.values()) calls.set(task.name, [...(calls.get(task.name) ?? []), task]);
  return calls;
}

function toCell(picture: RunPicture, calls: readonly TaskPicture[]): Cell {
  const rank = (task: TaskPicture): number => severity.indexOf(taskStateIn(picture, task));
  const [worst] = calls.toSorted((one, other) => rank(one) - rank(other));
  const took = calls.flatMap(({ attempts, endedAt }) => {
    const startedAt = attempts[0]?.startedAt;
    return endedAt === null || startedAt === undefined ? [] : [Math.max(0, endedAt - startedAt)];
  });
  return {
    run: picture.summary.run,
    state: worst === undefined ? "" : taskStateIn(picture, worst),
    ms: took.length === 0 ? null : took.reduce((sum, ms) => sum + ms, 0),
    calls: calls.length,
    key: worst?.key ?? "",
  };
}
