export {
  type CompletionPlace,
  createCompletionTable,
  forgetCompletions,
} from "./postgres/completions.ts";
export type { PgClient, PgClientOf, PgPool, PgResult } from "./postgres/connection.ts";
export { type IsolationLevel, type PgTaskOptions, pgTask } from "./postgres/pg-task.ts";
