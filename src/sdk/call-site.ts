import type { Site } from "../engine/calls.ts";

type Below = (...args: never[]) => unknown;

/** Finds where in the user's code a call was made; remembers what each place is called. */
export class CallSites {
  readonly #names = new Map<string, string | null>();

  /** `folder/file.ts:41` of whoever called `below`; null = unknown. 2 to 4 us, most of it V8 walking the stack. */
  find(below: Below): string | null {
    const place = rawPlace(below);
    if (place === null) return null;
    const known = this.#names.get(place);
    if (known !== undefined) return known;
    const name = mappedName(below) ?? toName(place);
    this.#names.set(place, name);
    return name;
  }

  /** The same for a call in a flow: in a replay, which mostly does not ask, it is found when it is asked for. */
  findFor({ replaying }: { readonly replaying: boolean }, below: Below): Site {
    return replaying ? () => this.find(below) : this.find(below);
  }
}

const toFirst = (_error: Error, sites: readonly NodeJS.CallSite[]): unknown => sites[0];

/** The place without source maps: a key, cheap to get. */
function rawPlace(below: Below): string | null {
  // oxlint-disable-next-line typescript/unbound-method -- it is only put back
  const { stackTraceLimit, prepareStackTrace } = Error;
  const holder: { stack?: unknown } = {};
  Error.stackTraceLimit = 1;
  Error.prepareStackTrace = toFirst;
  try {
    Error.captureStackTrace(holder, below);
    const site = holder.stack;
    return isCallSite(site)
      ? `${site.getFileName() ?? ""}:${site.getLineNumber()}:${site.getColumnNumber()}`
      : null;
  } finally {
    Error.prepareStackTrace = prepareStackTrace; // also where it was undefined: to delete it costs as much as the look
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function isCallSite(value: unknown): value is NodeJS.CallSite {
  return typeof value === "object" && value !== null && "getFileName" in value;
}

/** The place as a stack trace shows it, with source maps where they are on. */
function mappedName(below: Below): string | null {
  const { stackTraceLimit } = Error;
  const holder: { stack?: unknown } = {};
  Error.stackTraceLimit = 1;
  Error.captureStackTrace(holder, below);
  const text = holder.stack;
  Error.stackTraceLimit = stackTraceLimit;
  const line = typeof text === "string" ? text.split("\n").at(-1) : undefined;
  const place = line === undefined ? undefined : /\(?((?:file:\/\/)?[^()\s]+:\d+:\d+)\)?$/.exec(line)?.[1];
  return place === undefined ? null : toName(place);
}

/** `place` is file:line:column. The last folder, the file and the line; short, and the same on every machine. */
export function toName(place: string): string {
  const [, path = place, line = "?"] = /^(.*):(\d+|null):(?:\d+|null)$/.exec(place) ?? [];
  return `${path.split(/[/\\]/).slice(-2).join("/")}:${line}`;
}
