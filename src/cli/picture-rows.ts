import type { RecordedError } from "../base/recorded-error.ts";
import { type RunPicture, taskStateIn } from "../projections/run-picture.ts";
import type { AttemptPicture, TaskPicture } from "../projections/task-picture.ts";
import { shorten } from "./format.ts";
import type { Moment } from "./picture-json.ts";
import { toLine } from "./to-json.ts";

/** A line of the table of tasks: a task, or one of its attempts. */
export interface Row {
  readonly task: string;
  readonly state: string;
  readonly attempt: string;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly where: string;
  readonly value: string;
}

const valueWidth = 80;

/** A task, and below it its attempts if there was more than one. */
export async function toRows(
  task: TaskPicture,
  picture: RunPicture,
  valuesAt: Moment["valuesAt"],
): Promise<readonly Row[]> {
  const { key, queue, attempts, endedAt, leftAt } = task;
  const { summary } = picture;
  const own: Row = {
    task: key,
    state: taskStateIn(picture, task),
    attempt: String(attempts.at(-1)?.attempt ?? "-"),
    startedAt: attempts[0]?.startedAt ?? null,
    endedAt: endedAt ?? leftAt ?? summary.endedAt,
    where: queue === null ? "owner" : `queue ${queue}`,
    value: await valueOf(task, valuesAt),
  };
  const tries = attempts.map((attempt, index) => toTry(attempt, index === attempts.length - 1));
  return tries.length < 2 ? [own] : [own, ...tries];
}

function toTry({ attempt, state, startedAt, endedAt, worker, error }: AttemptPicture, isLast: boolean): Row {
  return {
    task: `${isLast ? "└─" : "├─"} attempt ${attempt}`,
    state,
    attempt: "",
    startedAt,
    endedAt,
    where: worker === null ? "-" : `worker ${worker}`,
    value: describeError(error),
  };
}

/** What a task gave: its result, or the error of its last attempt. */
async function valueOf(
  { attempts, endPosition, state }: TaskPicture,
  valuesAt: Moment["valuesAt"],
): Promise<string> {
  const error = attempts.at(-1)?.error ?? null;
  if (endPosition === null || error !== null) return describeError(error);
  const { output, reason } = await valuesAt(endPosition);
  if (state === "Cancelled") return shorten(String(reason), valueWidth);
  return state === "Reused" ? "" : shorten(toLine(output), valueWidth);
}

function describeError(error: RecordedError | null): string {
  return error === null ? "" : shorten(`${error.name}: ${error.message}`, valueWidth);
}
