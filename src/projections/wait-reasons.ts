import type { ChildPicture, TimerPicture, UpdatePicture, WaitPicture } from "./call-pictures.ts";
import { type Reason, since } from "./reason.ts";
import { type RunPicture, taskStateIn } from "./run-picture.ts";
import type { TaskPicture } from "./task-picture.ts";

/** A reason that is put into words when somebody wants to read it: there may be ten thousand. */
export type Told = () => Reason;

/** What a run waits for, and since when or until when: people first, as they have to do something. */
export function waitsOf(picture: RunPicture): readonly Told[] {
  const waits = [...picture.openWaits.values()];
  const tasks = [...picture.tasks.values()].filter(
    ({ endedAt, leftAt }) => endedAt === null && leftAt === null,
  );
  const timers = [...picture.timers.values()].filter(
    ({ firedAt, closing }) => firedAt === null && closing === null,
  );
  const children = [...picture.children.values()].filter(
    ({ endedAt, closing }) => endedAt === null && closing === null,
  );
  const updates = [...picture.updates.values()].filter(
    ({ deliveredIn, answeredAt }) => deliveredIn !== null && answeredAt === null,
  );
  return [
    ...waits.filter(({ prompt }) => prompt !== null).map((wait) => () => ofWait(wait)),
    ...waits.filter(({ prompt }) => prompt === null).map((wait) => () => ofWait(wait)),
    ...tasks.map((task) => () => ofTask(task, picture)),
    ...children.map((child) => () => ofChild(child)),
    ...timers.map((timer) => () => ofTimer(timer)),
    ...updates.map((update) => () => ofUpdate(update)),
  ];
}

function ofWait({ name, prompt, awaitedAt }: WaitPicture): Reason {
  if (prompt === null) return since(`It waits for signal ${name}.`, awaitedAt);
  return since(`It is paused: ${prompt.replace(/[.\s]+$/, "")} (signal ${name}).`, awaitedAt);
}

function ofChild({ key, run, flow, scheduledAt }: ChildPicture): Reason {
  return since(`It waits for child ${key} (run ${run} of flow ${flow}).`, scheduledAt);
}

function ofUpdate({ name, requestedAt }: UpdatePicture): Reason {
  return since(`Its answer to update ${name} is open.`, requestedAt);
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
