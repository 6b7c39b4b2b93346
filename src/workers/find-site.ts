import { type Frame, guiltyFrame, isSynchronous } from "../engine/guard.ts";
import { toName } from "../sdk/call-site.ts";

/** Where in the user's code something happened. */
export interface Site {
  readonly name: string; // folder/file.ts:12
  readonly isDirect: boolean; // no library stands between
  readonly isSynchronous: boolean; // Node did it at once
}

export type Below = (...args: never[]) => unknown;

// A bundle has no such path: then Millrace's own frames cannot be told from the user's, and none is taken for its own.
const own = /^(?:file:\/\/)?(.*\/)workers\/find-site\.[jt]s/.exec(import.meta.url)?.[1] ?? null;
const names = new Map<string, string>(); // by the place without source maps
const mostNames = 10_000;

/** The place that called `below`; null = not the user's doing. Takes some microseconds for each ten frames of `depth`. */
export function findSite(below: Below, depth: number): Site | null {
  const calls = callSites(below, depth);
  const frames = calls.map(toFrame);
  const index = guiltyFrame(frames, own);
  const guilty = index === null ? undefined : calls[index];
  if (index === null || guilty === undefined) return null;
  const isDirect = !frames.slice(0, index).some(({ file }) => file !== "" && !file.startsWith("node:"));
  const place = `${guilty.getFileName() ?? ""}:${guilty.getLineNumber()}:${guilty.getColumnNumber()}`;
  let name = names.get(place);
  if (name === undefined) {
    name = mappedName(below, depth, index) ?? toName(place);
    if (names.size < mostNames) names.set(place, name);
  }
  return { name, isDirect, isSynchronous: isSynchronous(frames) };
}

function toFrame(site: NodeJS.CallSite): Frame & { isAsync: boolean } {
  const path = site.getFileName() ?? "";
  return {
    file: path.startsWith("file://") ? path.slice("file://".length) : path,
    name: site.getFunctionName() ?? "",
    isAsync: "isAsync" in site && typeof site.isAsync === "function" && site.isAsync(),
  };
}

/** The stack as V8 has it, before any source map: cheap. */
function callSites(below: Below, depth: number): readonly NodeJS.CallSite[] {
  const before = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  const { stackTraceLimit } = Error;
  const holder: { stack?: unknown } = {};
  Error.stackTraceLimit = depth;
  Error.prepareStackTrace = (_error, sites): unknown => sites;
  try {
    Error.captureStackTrace(holder, below);
    const { stack } = holder;
    return Array.isArray(stack) ? stack : [];
  } finally {
    if (before === undefined) Reflect.deleteProperty(Error, "prepareStackTrace");
    else Object.defineProperty(Error, "prepareStackTrace", before);
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** The same frame as a stack trace shows it, with source maps where they are on. */
function mappedName(below: Below, depth: number, index: number): string | null {
  const { stackTraceLimit } = Error;
  const holder: { stack?: unknown } = {};
  Error.stackTraceLimit = depth;
  Error.captureStackTrace(holder, below);
  const { stack } = holder;
  Error.stackTraceLimit = stackTraceLimit;
  const lines = typeof stack === "string" ? stack.split("\n").filter((line) => /^\s+at /.test(line)) : [];
  const place = /\(?((?:file:\/\/)?[^()\s]+:\d+:\d+)\)?$/.exec(lines[index] ?? "")?.[1];
  return place === undefined ? null : toName(place);
}
