/** What a caller can do about an error: nothing, read again, or ask again later. */
export type Remedy = "never" | "reload" | "later";

interface Traits {
  readonly remedy: Remedy;
  readonly http: number;
  readonly exit: number; // exit code of the CLI: 1 the run failed, 2 the caller's fault, 3 the machine, 4 the log
}

const caller = (http: number): Traits => ({ remedy: "never", http, exit: 2 });
const machine = (http: number): Traits => ({ remedy: "later", http, exit: 3 });
const broken: Traits = { remedy: "never", http: 500, exit: 4 };
const outcome: Traits = { remedy: "never", http: 422, exit: 1 };

/** Every error code of Millrace, with what follows from it. A code is public and never reused. */
export const errorTraits = {
  // the caller's fault
  INPUT_INVALID: caller(422),
  OPTION_INVALID: caller(422),
  FLOW_UNKNOWN: caller(404),
  TASK_UNKNOWN: caller(404),
  RUN_NOT_FOUND: caller(404),
  RUN_EXISTS: caller(409),
  RUN_CLOSED: caller(409),
  COMMAND_REFUSED: caller(422),
  OUTPUT_UNRECORDABLE: caller(422),
  PAYLOAD_TOO_LARGE: caller(413),
  LIMIT_UNKNOWN: caller(404),
  QUEUE_UNKNOWN: caller(404),
  PROJECTION_UNKNOWN: caller(404),
  FLOW_FILE_UNUSABLE: caller(422),
  E_FOREIGN_ASYNC: caller(422),
  E_NONDETERMINISTIC: caller(422),
  RUN_STUCK: caller(409),
  CRASH_UNSAFE: caller(422),
  STATE_CONFLICT: caller(409), // of HTTP: the state of the run does not allow the command
  REQUEST_INVALID: caller(400), // of HTTP: not of the form that the route takes
  REQUEST_REFUSED: caller(403), // of HTTP: it may come from another site
  NOT_AUTHENTICATED: caller(401),
  NOT_AUTHORISED: caller(403),
  ROUTE_UNKNOWN: caller(404),
  OPERATION_UNKNOWN: caller(404),
  KEY_REUSED: caller(422), // an idempotency key with another request
  BIND_REFUSED: caller(422), // a server that anybody could reach, without authentication
  // somebody else was first
  STREAM_CONFLICT: { remedy: "reload", http: 409, exit: 3 },
  LEASE_LOST: { remedy: "reload", http: 409, exit: 3 },
  REQUEST_UNDER_WAY: { remedy: "reload", http: 409, exit: 3 }, // another one with the same idempotency key
  POSITION_NOT_REACHED: { remedy: "reload", http: 409, exit: 3 }, // lists do not hold that event yet
  ATTEMPT_OVER: { remedy: "never", http: 409, exit: 1 },
  // the log
  EVENT_UNREADABLE: broken,
  EVENT_UNKNOWN: broken,
  PAYLOAD_MISSING: broken,
  REPLAY_DIVERGED: broken,
  // the machine
  SERVER_FAULT: machine(500), // a mistake of ours
  REDIS_MISSING: machine(503),
  REDIS_UNAVAILABLE: machine(503),
  REDIS_READ_ONLY: machine(503),
  REDIS_OUT_OF_MEMORY: machine(503),
  REDIS_UNFIT: machine(503),
  QUEUE_UNAVAILABLE: machine(503),
  STORE_UNAVAILABLE: machine(503),
  PORT_UNAVAILABLE: machine(503),
  SHUTTING_DOWN: machine(503),
  POSTGRES_UNFIT: machine(503),
  COMMIT_UNKNOWN: machine(503),
  WAIT_TIMED_OUT: machine(504),
  LIMIT_TIMED_OUT: machine(429),
  TOO_MANY_REQUESTS: machine(429), // of HTTP: to sign in, or to listen
  // how a run or a task ended
  TASK_FAILED: outcome,
  TASK_TIMED_OUT: outcome,
  RUN_FAILED: outcome,
  RUN_CANCELLED: outcome,
  RUN_CRASHED: outcome,
  RUN_TIMED_OUT: outcome,
  CALL_CANCELLED: outcome,
  CALL_TIMED_OUT: outcome,
  ROLLBACK_FAILED: outcome,
  RUN_PAUSED: { remedy: "later", http: 409, exit: 4 },
  RUN_BLOCKED: { remedy: "never", http: 409, exit: 4 },
} as const satisfies Record<string, Traits>;

export type ErrorCode = keyof typeof errorTraits;

/** Facts about one error: ids, sizes, paths; never secrets. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

const brand = Symbol.for("millrace.error");

/** The only error class that Millrace throws; tell its cases apart by `code`. */
export class EngineError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = "EngineError";
  readonly [brand] = true;
  readonly code: C;
  readonly details: ErrorDetails;

  constructor(code: C, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}

/** Tells whether `error` is ours, and of that code; compares a brand, so two copies of the package agree. */
export function isEngineError<C extends ErrorCode>(error: unknown, code?: C): error is EngineError<C> {
  if (typeof error !== "object" || error === null || !(brand in error)) return false;
  return code === undefined || ("code" in error && error.code === code);
}
