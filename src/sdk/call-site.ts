type Below = (...args: never[]) => unknown;

/** Finds where in the user's code a call was made; remembers what each place is called. */
export class CallSites {
  readonly #names = new Map<string, string | null>();

  /** `folder/file.ts:41` of whoever called `below`; null = unknown. About 2 us. */
  find(below: Below): string | null {
    const place = rawPlace(below);
    if (place === null) return null;
    const known = this.#names.get(place);
    if (known !== undefined) return known;
    const name = mappedName(below) ?? toName(place);
    this.#names.set(place, name);
    return name;
  }
}

/** The place without source maps: a key, cheap to get. */
function rawPlace(below: Below): string | null {
  const before = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  const { stackTraceLimit } = Error;
  const holder: { stack?: unknown } = {};
  Error.stackTraceLimit = 1;
  Error.prepareStackTrace = (_error, sites): unknown => sites[0];
  try {
    Error.captureStackTrace(holder, below);
    const site = holder.stack;
    return isCallSite(site)
      ? `${site.getFileName() ?? ""}:${site.getLineNumber()}:${site.getColumnNumber()}`
      : null;
  } finally {
    if (before === undefined) Reflect.deleteProperty(Error, "prepareStackTrace");
    else Object.defineProperty(Error, "prepareStackTrace", before);
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
