import { hashText } from "../base/hash.ts";

export const guardModes = ["off", "sample", "report", "strict"] as const;

/** What is done about flow code that a replay cannot repeat. */
export type GuardMode = (typeof guardModes)[number];

export function isGuardMode(text: string): text is GuardMode {
  return guardModes.some((mode) => mode === text);
}

/** The runs that `sample` looks at, about 1 of 100: the same ones in every process and every replay. */
export function isSampled(run: string): boolean {
  return hashText(run) % 100 === 0;
}

/** Something that flow code did and that a replay cannot repeat. */
export interface Finding {
  readonly code: "E_FOREIGN_ASYNC" | "E_NONDETERMINISTIC";
  readonly what: string; // completes "Flow code at flow.ts:12 …"
  readonly instead: string;
}

const foreign = (what: string, instead = "Do it in a task."): Finding => ({
  code: "E_FOREIGN_ASYNC",
  what,
  instead,
});
const chance = (what: string, instead: string): Finding => ({ code: "E_NONDETERMINISTIC", what, instead });

export const useNow = "Use now(), or ask in a task.";
export const useRandom = "Use random() or uuid(), or draw in a task.";

/** A value that differs from call to call. */
export const askedFor = (name: string, instead: string): Finding => chance(`called ${name}`, instead);

export const fetched = foreign("called fetch()");
export const wroteToSocket = foreign("wrote to a network connection");

const harmless: ReadonlySet<string> = new Set(["PROMISE", "TickObject", "Microtask"]);

const known: readonly (readonly [RegExp, Finding])[] = [
  [/^Timeout$/, foreign("started a timer", "Use sleep(), or a timer in a task.")],
  [/^Immediate$/, foreign("called setImmediate()")],
  [/^(RANDOM|KEY)/, chance("drew random bytes", useRandom)],
  [/^(FS|FILE|DIR|BLOB|STATWATCHER)/, foreign("used a file")],
  [/^(GETADDRINFO|GETNAMEINFO|QUERY|CARES|DNS)/, foreign("looked up a name in DNS")],
  [/^(HTTP|TCP|TLS|UDP|PIPE|QUIC|JSSTREAM|CONNECT|SHUTDOWN|WRITE|UNDICI)/, foreign("used the network")],
  [/^PROCESS/, foreign("started a child process")],
  [/^(WORKER|MESSAGEPORT)/, foreign("used a thread")],
];

/**
 * Judges the type of an asynchronous resource of Node; null = it is part of the language, or a library's own name for
 * its bookkeeping (what such a library does in the world has a type of Node).
 */
export function foreignWork(type: string): Finding | null {
  if (harmless.has(type)) return null;
  const found = known.find(([pattern]) => pattern.test(type));
  if (found !== undefined) return found[1];
  return /^[A-Z][A-Z0-9_]*$/.test(type) ? foreign(`started work outside of JavaScript (${type})`) : null;
}

/** Where flow code did it, and what it should do instead. `got` = what it was answered; "" = nothing to say. */
export function describeFinding({ code, what, instead }: Finding, site: string, got = ""): string {
  const why =
    code === "E_FOREIGN_ASYNC"
      ? "It is not recorded, and a replay gets it at another time."
      : "A replay would get another answer.";
  return [`[${code}] Flow code at ${site} ${what}.`, why, got, instead]
    .filter((part) => part !== "")
    .join(" ");
}

/** A frame of a stack, the innermost first. */
export interface Frame {
  readonly file: string; // "node:…", a path, or "" for native code
  readonly name: string; // of the function; "" = unknown
  readonly isAsync: boolean; // it awaits, and is not running
}

/** They look at the clock for their own lines and spans; what a flow does cannot depend on it. */
const observers =
  /[/\\]node_modules[/\\](@opentelemetry|@sentry|pino|pino-[^/\\]+|winston|logform|bunyan|debug|dd-trace|prom-client)[/\\]/;
const quiet = /^node:internal\/(console|structured_clone|modules)\//;
const isNode = ({ file }: Frame): boolean => file === "" || file.startsWith("node:");

/**
 * Index of the frame of the user's code that a finding belongs to; null = it is not the user's doing: Millrace itself,
 * a logger, a module that is being loaded, console, or Node that goes on with what it has begun.
 * @param own where Millrace's own files are; null = unknown
 */
export function guiltyFrame(frames: readonly Frame[], own: string | null): number | null {
  if (frames.some(({ file, isAsync }) => !isAsync && file.startsWith("node:internal/modules/"))) return null;
  const first = frames.findIndex((frame) => !isNode(frame));
  const outermost = frames[first];
  if (outermost === undefined || outermost.isAsync || observers.test(outermost.file)) return null;
  if (frames.slice(0, first).some(({ file }) => quiet.test(`${file}/`))) return null;
  for (const [index, { file }] of frames.entries()) {
    if (own !== null && file.startsWith(own)) return null;
    if (index >= first && !isLibrary(file)) return index;
  }
  return null;
}

function isLibrary(file: string): boolean {
  return file === "" || file.startsWith("node:") || /[/\\]node_modules[/\\]/.test(file);
}

/** Tells whether Node works at once, as in `gzipSync`: then the result is the same in every replay. */
export function isSynchronous(frames: readonly Frame[]): boolean {
  const first = frames.findIndex((frame) => !isNode(frame));
  return frames.slice(0, Math.max(0, first)).some(({ name }) => /Sync$|^sync[A-Z]/.test(name));
}
