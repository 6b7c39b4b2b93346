import { describeFact } from "./describe-fact.ts";
import { type Reason, since } from "./reason.ts";
import { brief } from "./remark.ts";
import type { RunPicture } from "./run-picture.ts";
import { type Told, waitsOf } from "./wait-reasons.ts";

/** Why a run is where its picture shows it: what ended it or stands in its way, or what it waits for. O(its calls). */
export function reasonsOf(picture: RunPicture): readonly Reason[] {
  return firstReasonsOf(picture, Number.POSITIVE_INFINITY).reasons;
}

/** As `reasonsOf`, in words only as many as somebody reads, and how many there are. */
export function firstReasonsOf(
  picture: RunPicture,
  most: number,
): { readonly reasons: readonly Reason[]; readonly total: number } {
  const { reasons, isAll } = causesOf(picture);
  const all = [
    ...reasons.map(
      (reason): Told =>
        () =>
          reason,
    ),
    ...(isAll ? [] : waitsOf(picture)),
  ];
  const idle = "No task and no timer is open: the flow's own code is at work.";
  if (all.length === 0) return { reasons: [since(idle, picture.summary.updatedAt)], total: 1 };
  return { reasons: all.slice(0, most).map((tell) => tell()), total: all.length };
}

interface Causes {
  readonly reasons: readonly Reason[];
  readonly isAll: boolean; // what else is open does not matter
}

function causesOf(picture: RunPicture): Causes {
  const { summary, problems } = picture;
  if (summary.endedAt !== null) return { reasons: ending(picture, summary.endedAt), isAll: true };
  const problem = problems.at(-1);
  const obstacle =
    problem === undefined || problem.clearedAt !== null ? [] : [since(problem.message, problem.at)];
  if (problem?.kind === "blocked" && obstacle.length > 0) return { reasons: obstacle, isAll: true };
  const asked = [...pauseOf(picture), ...cancellationOf(picture)];
  if (!summary.isBegun) return { reasons: [...obstacle, ...asked, unbegun(picture)], isAll: true };
  const facts = [...picture.inbox.values()].flatMap((fact) =>
    fact.type === "RunCancelRequested"
      ? []
      : toReason(`${describeFact(fact)}, and no turn has given that to the flow yet.`),
  );
  return { reasons: [...obstacle, ...asked, ...facts], isAll: false };
}

function toReason(text: string): readonly Reason[] {
  return [{ text, when: null }];
}

function ending(picture: RunPicture, endedAt: number): readonly Reason[] {
  const { summary, tasks } = picture;
  const { stateName, message, error, continuedTo } = summary;
  const why = message ?? error;
  const text = `It ended in state ${stateName}${why === null ? "" : `: ${why}`}.`;
  const left = [...tasks.values()].filter((task) => task.endedAt === null && task.leftAt === null).length;
  const end: Reason = { text, when: { what: "at", at: endedAt } };
  return [
    end,
    ...(continuedTo === null ? [] : toReason(`Run ${continuedTo} carries it on.`)),
    ...(left === 0 ? [] : toReason(`Its end left ${left} ${left === 1 ? "task" : "tasks"} behind.`)),
  ];
}

function pauseOf({ pause }: RunPicture): readonly Reason[] {
  if (pause === null) return [];
  const { at, by, reason } = pause;
  return [since(`It was paused by ${by}${reason === null ? "" : ` (${reason})`}.`, at)];
}

function cancellationOf({ cancellation }: RunPicture): readonly Reason[] {
  if (cancellation === null) return [];
  const { at, by, reason, deliveredIn } = cancellation;
  const what = deliveredIn === null ? "the flow was not told yet" : "it cleans up";
  return [
    since(
      `Its cancellation was requested by ${by}${reason === null ? "" : ` (${reason})`}, and ${what}.`,
      at,
    ),
  ];
}

function unbegun(picture: RunPicture): Reason {
  const { notBefore, attempt, createdAt } = picture.summary;
  if (attempt > 1) return attemptToCome(picture, attempt);
  if (notBefore === null) return since("No worker has begun it.", createdAt);
  return { text: "It is to begin later.", when: { what: "until", at: notBefore } };
}

function attemptToCome({ summary, attempts }: RunPicture, attempt: number): Reason {
  const current = attempts.at(-1);
  const error = attempts.at(-2)?.error ?? null;
  const text = `Attempt ${attempt} of the flow is to come${error === null ? "" : ` after ${brief(error)}`}.`;
  if (summary.notBefore !== null) return { text, when: { what: "until", at: summary.notBefore } };
  const reason = current?.reason ?? null;
  const asked = reason === null ? "" : ` It was asked for: ${reason}.`;
  return since(`${text}${asked}`, current?.askedAt ?? summary.createdAt);
}
