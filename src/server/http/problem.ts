import { STATUS_CODES } from "node:http";
import type { FastifyReply } from "fastify";
import { type EngineError, type ErrorCode, errorTraits, isEngineError } from "../../base/errors.ts";
import { type Problem, problemBase } from "../contract/common.ts";

/** An answer that says what is wrong, as in RFC 9457. */
export function toProblem(thrown: unknown, request: string): Problem {
  if (isEngineError(thrown)) return ofEngine(thrown, request);
  const { statusCode, message } = httpFacts(thrown);
  if (statusCode === 413) return make("PAYLOAD_TOO_LARGE", `The request is too large: ${message}`, request);
  if (statusCode < 500) return { ...make("REQUEST_INVALID", message, request), status: statusCode };
  return make("SERVER_FAULT", "Something went wrong here; its log says what.", request);
}

/** Whether it is our own mistake, which people must hear of. */
export function isFault(thrown: unknown): boolean {
  return !isEngineError(thrown) && httpFacts(thrown).statusCode >= 500;
}

export async function sendProblem(reply: FastifyReply, problem: Problem): Promise<void> {
  if (problem.status === 401) reply.header("www-authenticate", 'Bearer realm="millrace"'); // no dialog of the browser
  if (problem.status === 429) reply.header("retry-after", "60");
  if (problem.status === 503) reply.header("retry-after", "2");
  await reply
    .code(problem.status)
    .header("cache-control", "no-store")
    .type("application/problem+json; charset=utf-8")
    .send(JSON.stringify(problem));
}

function ofEngine({ code, message, details }: EngineError, request: string): Problem {
  const issues = details["issues"];
  const problem = make(code, message, request);
  return Array.isArray(issues) ? { ...problem, errors: issues.map(toFieldError) } : problem;
}

function make(code: ErrorCode, detail: string, instance: string): Problem {
  const status = errorTraits[code].http;
  const title = STATUS_CODES[status] ?? "Error";
  return { type: `${problemBase}${code}`, title, status, detail, code, instance };
}

/** "customer.id: must be a number" */
function toFieldError(issue: unknown): { path: string; message: string } {
  const [, path = "", message = ""] = /^([^\s:]*): (.*)$/s.exec(String(issue)) ?? [];
  return message === "" ? { path: "", message: String(issue) } : { path, message };
}

function httpFacts(thrown: unknown): { readonly statusCode: number; readonly message: string } {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const given =
    typeof thrown === "object" && thrown !== null && "statusCode" in thrown ? thrown.statusCode : 500;
  return { statusCode: typeof given === "number" ? given : 500, message };
}
