import { EngineError } from "../base/errors.ts";
import { fieldOf } from "./connection.ts";

const maxCauses = 5; // query builders wrap the errors of the driver

/** The SQLSTATE that PostgreSQL gave for `error`, or for a cause of it; null = PostgreSQL did not say this. */
function sqlStateOf(error: unknown): string | null {
  let current = error;
  for (let depth = 0; depth <= maxCauses; depth += 1) {
    const code = fieldOf(current, "code");
    // An error of the socket has a code too (EPIPE), and no severity.
    if (typeof code === "string" && typeof fieldOf(current, "severity") === "string") return code;
    current = fieldOf(current, "cause");
  }
  return null;
}

const serializationFailure = "40001";
const deadlockDetected = "40P01";

/** Tells whether PostgreSQL gave the transaction up for the sake of others: the same again may well work. */
export function isTransient(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === serializationFailure || state === deadlockDetected;
}

export const isUniqueViolation = (error: unknown): boolean => sqlStateOf(error) === "23505";
export const isUndefinedTable = (error: unknown): boolean => sqlStateOf(error) === "42P01";
export const isUndefinedSchema = (error: unknown): boolean => sqlStateOf(error) === "3F000";
export const isDenied = (error: unknown): boolean => sqlStateOf(error) === "42501";

/**
 * Tells whether an error of COMMIT leaves open if it was done: the connection is gone, with or without a last word of
 * the server. Any other error means that the transaction was rolled back.
 */
export function leavesOpen(error: unknown): boolean {
  return sqlStateOf(error) === null || fieldOf(error, "severity") === "FATAL";
}

/** Where the answer to a COMMIT should have come from, and did not. */
export function commitUnknown(task: string, cause: unknown): EngineError<"COMMIT_UNKNOWN"> {
  return new EngineError(
    "COMMIT_UNKNOWN",
    `The connection to PostgreSQL was lost while the transaction of task ${task} was committed, and whether it was is ` +
      `not known. Give the task \`retries\`: the next attempt finds the record of this one, or does the work.`,
    { task },
    cause,
  );
}
