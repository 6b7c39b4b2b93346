import type { TaskPicture } from "../../../src/projections/task-picture.ts";
import { toClock, toSpan } from "../../format/instants.ts";
import { CallMark } from "../call-mark.tsx";
import { useMoment } from "../run-context.tsx";
import { markOfTaskState } from "../timeline/call-state.ts";

const shown = 20;

/** The attempts of a task, newest first, and why each failed. */
export function AttemptList({ task }: { readonly task: TaskPicture }) {
  const moment = useMoment();
  if (task.attempts.length === 0) return null;
  const attempts = task.attempts.toReversed().slice(0, shown);
  return (
    <section>
      <h3 className="pb-1 text-xs text-faint">Attempts</h3>
      <ol className="flex flex-col gap-1.5">
        {attempts.map(({ attempt, state, startedAt, endedAt, worker, error }) => (
          <li key={attempt} className="rounded border border-line px-2 py-1">
            <div className="flex flex-wrap items-center gap-x-3">
              <span className="font-medium">{attempt}</span>
              <CallMark mark={markOfTaskState(state)} />
              <span className="text-soft">{toClock(startedAt, true)}</span>
              <span className="text-soft">
                {endedAt === null && moment.at === null
                  ? "open"
                  : toSpan((endedAt ?? moment.at ?? startedAt) - startedAt)}
              </span>
              {worker !== null && <bdi className="text-xs text-faint">{worker}</bdi>}
            </div>
            {error !== null && (
              <details className="pt-1">
                <summary className="min-h-6 cursor-pointer break-words text-state-failed">
                  <bdi>
                    {error.name}: {error.message.slice(0, 500)}
                  </bdi>
                </summary>
                <pre className="max-h-60 overflow-auto pt-1 text-xs whitespace-pre-wrap text-soft">
                  {error.stack ?? "It had no stack."}
                  {error.causes.map(({ name, message }) => `\ncaused by ${name}: ${message}`).join("")}
                </pre>
              </details>
            )}
          </li>
        ))}
      </ol>
      {task.attempts.length > shown && (
        <p className="pt-1 text-xs text-faint">and {task.attempts.length - shown} before them</p>
      )}
    </section>
  );
}
