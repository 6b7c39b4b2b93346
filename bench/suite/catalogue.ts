/** An engine of the comparison, as the command line, the tables and the plots name it. */
export interface Entry {
  readonly name: string;
  readonly title: string;
  readonly file: string; // beside this folder; exports `engine`
  readonly variant: string;
  /** The entry that does the same writes without an engine, for the ratio to it; null = none. */
  readonly floor: string | null;
}

const entry = (name: string, file: string, title: string, floor: string | null = null): Entry => {
  const [, variant = ""] = name.split(/-(.*)/);
  return { name, title, file, variant, floor };
};

/** In the order of the tables. */
export const catalogue: readonly Entry[] = [
  entry("await", "engines/await.ts", "plain `await`: nothing is kept"),
  entry("floor", "engines/floor.ts", "bare Redis, the same writes, AOF everysec"),
  entry("floor-always", "engines/floor.ts", "bare Redis, the same writes, AOF always"),
  entry("millrace", "engines/millrace.ts", "Millrace, in the caller's process, AOF everysec", "floor"),
  entry("millrace-always", "engines/millrace.ts", "Millrace, the same, AOF always", "floor-always"),
  entry(
    "millrace-worker",
    "engines/millrace.ts",
    "Millrace, runs on a worker process, AOF everysec",
    "floor",
  ),
  entry("millrace-queued", "engines/millrace.ts", "Millrace, each task on a queue, AOF everysec", "floor"),
  entry("bullmq", "engines/bullmq.ts", "BullMQ, a job for each task, AOF everysec"),
  entry("bullmq-steps", "engines/bullmq.ts", "BullMQ, the step pattern inside one job, AOF everysec"),
  entry("dbos", "peers/dbos.mjs", "DBOS, PostgreSQL"),
  entry("restate", "peers/restate.mjs", "Restate"),
  entry("openworkflow", "peers/openworkflow.mjs", "openworkflow, PostgreSQL"),
  entry("absurd", "peers/absurd.mjs", "absurd, PostgreSQL"),
  entry("workflow-sdk", "peers/workflow-sdk.mjs", "Workflow SDK, PostgreSQL"),
  entry("temporal", "peers/temporal.mjs", "Temporal, dev server, SQLite"),
  entry("prefect", "peers/prefect.mjs", "Prefect, local server, SQLite"),
  entry("prefect-postgres", "peers/prefect.mjs", "Prefect, local server, PostgreSQL"),
];

export function findEntry(name: string): Entry {
  const found = catalogue.find((entry) => entry.name === name);
  if (found !== undefined) return found;
  throw new Error(
    `There is no engine ${name}; there are ${catalogue.map((entry) => entry.name).join(", ")}.`,
  );
}
