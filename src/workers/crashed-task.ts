import { recordError } from "../base/recorded-error.ts";
import { TaskFailed } from "../events/task-events.ts";

/** The event of a task whose workers died too often. */
export function crashedTask(
  key: string,
  attempt: number,
  crashes: number,
): ReturnType<typeof TaskFailed.make> {
  const error = recordError(
    new Error(
      `${crashes} workers died while they ran this task. Does it end the process, or use all memory?`,
    ),
  );
  return TaskFailed.make({ key, attempt, error, name: "Crashed" });
}
