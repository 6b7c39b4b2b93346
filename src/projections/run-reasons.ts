import { type FactPicture, type RunPicture, type TimerPicture, taskStateIn } from "./run-picture.ts";
import type { TaskPicture } from "./task-picture.ts";

/** One answer to the question why a run is where it is. */
export interface Reason {
  readonly text: string; // without its instant
  readonly when: { readonly what: "at" | "since" | "until"; readonly at: number } | null; // epoch ms; null = none to name
}

/** Why a run is where its picture shows it: what ended it or stands in its way, or what it waits for. O(its calls). */
export function reasonsOf(picture: RunPicture): readonly Reason[] {
  const { summary, problems, turns } = picture;
  if (summary.endedAt !== null) return ending(picture, summary.endedAt);
  const problem = problems.at(-1);
  const obstacle =
    problem === undefined || problem.clearedAt !== null ? [] : [since(problem.message, problem.at)];
  if (problem?.kind === "blocked" && obstacle.length > 0) return obstacle;
  if (turns.length === 0) return [...obstacle, since("No worker has begun it.", summary.createdAt)];
  const facts = [...picture.inbox.values()].map(ofFact);
  const tasks = [...picture.tasks.values()].filter(({ endedAt }) => endedAt === null);
  const timers = [...picture.timers.values()].filter(({ firedAt }) => firedAt === null);
  const waits = [...tasks.map((task) => ofTask(task, picture)), ...timers.map(ofTimer)];
  const all = [...obstacle, ...facts, ...waits];
  if (all.length > 0) return all;
  return [since("No task and no timer is open: the flow's own code is at work.", summary.updatedAt)];
}

function since(text: string, at: number): Reason {
  return { text, when: { what: "since", at } };
}

function ending({ summary, tasks }: RunPicture, endedAt: number): readonly Reason[] {
  const { stateName, message, error } = summary;
  const why = message ?? error;
  const text = `It ended in state ${stateName}${why === null ? "" : `: ${why}`}.`;
  const left = [...tasks.values()].filter((task) => task.endedAt === null).length;
  const end: Reason = { text, when: { what: "at", at: endedAt } };
  if (left === 0) return [end];
  return [end, { text: `Its end left ${left} ${left === 1 ? "task" : "tasks"} behind.`, when: null }];
}

/** "greet#1 completed (event 5)" */
export function describeFact({ key, type, position }: FactPicture): string {
  return `${key} ${verbs[type]} (event ${position})`;
}

const verbs = {
  TaskCompleted: "completed",
  TaskFailed: "failed",
  TaskReused: "reused a result",
  TimerFired: "fired",
} as const;

function ofFact(fact: FactPicture): Reason {
  return { text: `${describeFact(fact)}, and no turn has given that to the flow yet.`, when: null };
}

function ofTask(task: TaskPicture, picture: RunPicture): Reason {
  const { key, queue, attempts, retryAt, scheduledAt } = task;
  const last = attempts.at(-1);
  const state = taskStateIn(picture, task);
  if (state === "Pending" && queue === null)
    return { text: `It waits for ${key}, which the next owner begins again.`, when: null };
  if (state === "Pending" || last === undefined)
    return since(`It waits for ${key}, which no worker of queue ${queue} has begun.`, scheduledAt);
  if (retryAt === null) return running(task, last.attempt, last.startedAt);
  if (state === "Running") return running(task, last.attempt + 1, retryAt);
  const why = last.state === "Crashed" ? "a crash" : "a failure";
  const text = `It waits for ${key}: after ${why}, attempt ${last.attempt + 1} is to come.`;
  return { text, when: { what: "until", at: retryAt } };
}

function running({ key, queue, attempts }: TaskPicture, attempt: number, startedAt: number): Reason {
  const where = queue === null ? "in the process of the run" : `on worker ${attempts.at(-1)?.worker ?? "?"}`;
  return since(`It waits for ${key}: attempt ${attempt} runs ${where}.`, startedAt);
}

function ofTimer({ key, dueAt }: TimerPicture): Reason {
  return { text: `It sleeps in ${key}.`, when: { what: "until", at: dueAt } };
}
