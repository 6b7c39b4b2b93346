/** One wrong place of what was sent: its path ("/input/ds") and what is wrong there. */
export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

/** An answer of the server that is no success (RFC 9457), or no answer at all. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number; // 0 = there was no answer
  readonly code: string;
  readonly title: string;
  readonly requestId: string | null; // null = the server gave none
  readonly fields: readonly FieldProblem[];

  constructor(problem: {
    readonly status: number;
    readonly code: string;
    readonly title: string;
    readonly detail: string;
    readonly requestId?: string | null;
    readonly fields?: readonly FieldProblem[];
  }) {
    super(problem.detail);
    this.status = problem.status;
    this.code = problem.code;
    this.title = problem.title;
    this.requestId = problem.requestId ?? null;
    this.fields = problem.fields ?? [];
  }
}

/** No answer: the server is away, or the network is. */
export function noAnswer(reason: unknown): ApiError {
  return new ApiError({
    status: 0,
    code: "SERVER_UNREACHABLE",
    title: "No answer from the server",
    detail: `Nothing answered at this address (${reason instanceof Error ? reason.message : String(reason)}). Is \`millrace server\` still running?`,
  });
}

/** What an answer with status 400 and above says; a body that is not problem+json does not hide the status. */
export function toProblem(status: number, body: unknown): ApiError {
  const fields = asRecord(body);
  const title = textOf(fields, "title") ?? titles[status] ?? `Status ${status}`;
  const detail = textOf(fields, "detail") ?? "The server gave no reason.";
  return new ApiError({
    status,
    code: textOf(fields, "code") ?? `HTTP_${status}`,
    title,
    detail,
    requestId: textOf(fields, "instance"),
    fields: fieldsOf(fields["errors"]),
  });
}

const titles: Readonly<Record<number, string>> = {
  401: "Not signed in",
  403: "Not allowed",
  404: "Not found",
  409: "Not in this state",
  429: "Too many requests",
  500: "The server failed",
  503: "The server is not ready",
};

function fieldsOf(errors: unknown): readonly FieldProblem[] {
  if (!Array.isArray(errors)) return [];
  return errors.flatMap((error) => {
    const fields = asRecord(error);
    const message = textOf(fields, "message");
    return message === null ? [] : [{ path: textOf(fields, "path") ?? "", message }];
  });
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function textOf(fields: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = fields[name];
  return typeof value === "string" && value !== "" ? value : null;
}
