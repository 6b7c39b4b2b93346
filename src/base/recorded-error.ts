import { EngineError, type ErrorCode, errorTraits } from "./errors.ts";

const maxCauses = 5;
const maxStack = 8 * 1024;
const maxMessage = 32 * 1024;

interface ErrorFields {
  readonly name: string;
  readonly message: string;
  readonly stack: string | null; // null = it had none
  readonly code: string | number | null; // null = it had none
}

/** What is kept of an error; at most five causes, the stack at most 8 KiB, the message 32 KiB. */
export interface RecordedError extends ErrorFields {
  readonly causes: readonly ErrorFields[]; // outermost first
}

/** Turns anything that was thrown into data; values that are not errors are described. Never throws. */
export function recordError(thrown: unknown): RecordedError {
  const causes: ErrorFields[] = [];
  let cause: unknown = thrown instanceof Error ? thrown.cause : undefined;
  while (cause !== undefined && cause !== null && causes.length < maxCauses) {
    causes.push(toFields(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return { ...toFields(thrown), causes };
}

/** `thrown` itself, or an Error that describes it. Never throws. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error
    ? thrown
    : new Error(`A value that is not an Error was thrown: ${describe(thrown)}`);
}

function toFields(thrown: unknown): ErrorFields {
  if (!(thrown instanceof Error))
    return { name: "Error", message: toError(thrown).message, stack: null, code: null };
  const code: unknown = "code" in thrown ? thrown.code : null;
  return {
    name: wellFormed(thrown.name, 256),
    message: wellFormed(thrown.message, maxMessage),
    stack: typeof thrown.stack === "string" ? wellFormed(thrown.stack, maxStack) : null,
    code: typeof code === "string" || typeof code === "number" ? code : null,
  };
}

function wellFormed(text: unknown, limit: number): string {
  return String(text).slice(0, limit).toWellFormed();
}

function describe(value: unknown): string {
  try {
    return wellFormed(
      typeof value === "object" && value !== null ? JSON.stringify(value) : String(value),
      1_024,
    );
  } catch {
    return Object.prototype.toString.call(value); // a cycle, a bigint inside, a hostile toJSON
  }
}

const builtIn: Readonly<Record<string, new (message: string) => Error>> = {
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

/**
 * An error like the recorded one. Built-in errors and EngineError come back as what they were; others as an Error
 * with the same name, message, stack, code and causes.
 */
export function reviveError(recorded: RecordedError): Error {
  let cause: Error | undefined;
  for (const fields of recorded.causes.toReversed()) cause = revive(fields, cause);
  return revive(recorded, cause);
}

function isErrorCode(code: string | number | null): code is ErrorCode {
  return typeof code === "string" && code in errorTraits;
}

function revive({ name, message, stack, code }: ErrorFields, cause: Error | undefined): Error {
  const error =
    name === "EngineError" && isErrorCode(code)
      ? new EngineError(code, message)
      : new (builtIn[name] ?? Error)(message);
  if (error.name !== name) define(error, "name", name);
  if (cause !== undefined) define(error, "cause", cause);
  define(error, "stack", stack ?? `${name}: ${message}`);
  if (code !== null && !("code" in error)) define(error, "code", code, true);
  return error;
}

function define(error: Error, property: string, value: unknown, enumerable = false): void {
  Object.defineProperty(error, property, { value, enumerable, writable: true, configurable: true });
}
