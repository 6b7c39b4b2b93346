import { EngineError } from "../base/errors.ts";
import { currentContext } from "../sdk/context.ts";
import { sortArguments, type Task } from "../sdk/task.ts";
import type { TaskOptions } from "../sdk/task-options.ts";
import { task } from "../workers/define.ts";
import { type CompletionPlace, completionTable } from "./completions.ts";
import type { PgClientOf, PgPool } from "./connection.ts";
import { transact } from "./transaction.ts";

export type IsolationLevel = "read committed" | "repeatable read" | "serializable";

export interface PgTaskOptions<Args extends readonly unknown[] = never[], Result = never>
  extends TaskOptions<Args, Result>,
    CompletionPlace {
  readonly isolation?: IsolationLevel; // default: that of the database
}

type PgFunction<Pool extends PgPool, Args extends readonly unknown[], Result> = (
  client: PgClientOf<Pool>,
  ...args: [...Args]
) => Result | Promise<Result>;

/**
 * Makes a task whose function runs in one transaction of `pool`, together with the record that it was done. An attempt
 * that finds the record gives the recorded result and does not call the function: its effects in that database happen
 * exactly once, whatever dies when. A failure rolls back, and is retried by the options of the task.
 */
export function pgTask<Pool extends PgPool, Args extends readonly unknown[], Result>(
  pool: Pool,
  name: string,
  fn: PgFunction<Pool, Args, Result>,
): Task<Args, Result>;
export function pgTask<Pool extends PgPool, Args extends readonly unknown[], Result>(
  pool: Pool,
  name: string,
  options: PgTaskOptions<[...Args], Result>,
  fn: PgFunction<Pool, Args, Result>,
): Task<Args, Result>;
export function pgTask<Pool extends PgPool, Args extends readonly unknown[], Result>(
  pool: Pool,
  name: string,
  ...rest: (PgTaskOptions<[...Args], Result> | PgFunction<Pool, Args, Result>)[]
): Task<Args, Result> {
  const [options, fn] = sortArguments<PgTaskOptions<[...Args], Result>, PgFunction<Pool, Args, Result>>(rest);
  const { isolation, schema, ...taskOptions } = options;
  const table = completionTable(schema === undefined ? {} : { schema });
  const begin = beginText(name, isolation);

  const inTransaction = async (...args: [...Args]): Promise<Result> => {
    const where = currentContext();
    const attempt = where?.kind === "task" ? where : null;
    const value = await transact<Pool>({
      pool,
      task: attempt?.key ?? name,
      begin,
      table,
      record: attempt === null || attempt.run === null ? null : { run: attempt.run.id, key: attempt.key },
      signal: attempt?.signal ?? null,
      fn: (client) => fn(client, ...args),
      onAdopted: () =>
        attempt?.log.info({ task: attempt.key }, "done before: its recorded completion is used"),
    });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the function gave, now or in an earlier attempt
    return value as Result;
  };
  // Whoever compares or shows the source of a task means the user's: all of ours look the same.
  inTransaction.toString = () => fn.toString();
  return task<Args, Result>(name, taskOptions, inTransaction);
}

const levels: ReadonlySet<string> = new Set<IsolationLevel>([
  "read committed",
  "repeatable read",
  "serializable",
]);

/** @throws EngineError OPTION_INVALID */
function beginText(task: string, isolation: IsolationLevel | undefined): string {
  if (isolation === undefined) return "BEGIN";
  if (levels.has(isolation)) return `BEGIN ISOLATION LEVEL ${isolation.toUpperCase()}`;
  throw new EngineError(
    "OPTION_INVALID",
    `Task ${task}: isolation must be one of ${[...levels].join(", ")}, and is ${JSON.stringify(isolation)}.`,
    { task, option: "isolation" },
  );
}
