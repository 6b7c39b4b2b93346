/**
 * Random flow programs as data. `programs-sdk.ts` runs one with the real SDK; `reference.ts` says, without any of the
 * engine, what it must do.
 *
 * One rule makes the reference exact: every branch of a race begins with a call of its own, so that two branches never
 * end in the same drain; what is left to the order of microtasks decides nothing that is recorded.
 */
export type Node =
  | { readonly kind: "value"; readonly id: number; readonly value: string }
  | { readonly kind: "now" | "random" | "uuid" | "throw"; readonly id: number }
  | { readonly kind: "task"; readonly id: number; readonly call: CallShape }
  | { readonly kind: "sleep"; readonly id: number; readonly ms: number }
  | { readonly kind: "seq" | "all" | "race"; readonly id: number; readonly parts: readonly Node[] }
  | {
      readonly kind: "try";
      readonly id: number;
      readonly body: Node;
      readonly handler: Node | null;
      readonly cleanup: Node | null;
    }
  | { readonly kind: "loop"; readonly id: number; readonly times: number; readonly body: Node }
  | { readonly kind: "if"; readonly id: number; readonly odd: Node; readonly even: Node }
  | { readonly kind: "nested"; readonly id: number; readonly body: Node }
  | { readonly kind: "hold"; readonly id: number; readonly call: CallShape; readonly during: Node }
  | { readonly kind: "pipe"; readonly id: number; readonly first: CallShape; readonly second: CallShape }
  | { readonly kind: "map"; readonly id: number; readonly call: CallShape; readonly count: number }
  | {
      readonly kind: "first";
      readonly id: number;
      readonly call: CallShape;
      readonly count: number;
      readonly review: CallShape | null;
    }
  | { readonly kind: "wait"; readonly id: number; readonly call: CallShape; readonly ms: number };

export type TaskName = keyof typeof taskTable;

/** The tasks of every program. `queue` null = direct calls run in the owner's process. */
export const taskTable = {
  fast: { retries: 0, retryDelay: 0, queue: null },
  flaky: { retries: 2, retryDelay: [40, 900], queue: null },
  remote: { retries: 1, retryDelay: 150, queue: "far" },
} as const;

export const shapes = [
  "text",
  "object",
  "date",
  "map",
  "set",
  "bigint",
  "bytes",
  "nothing",
  "nan",
  "large",
  "error",
] as const;

export interface CallShape {
  readonly task: TaskName;
  readonly fails: number; // attempts that fail before one succeeds; more than its retries = the task fails
  readonly shape: (typeof shapes)[number]; // of the result
  readonly salt: number; // an argument like any other
}

/** What a task of a program is given: enough to know the call, and to know its outcome without asking anybody. */
export interface CallInput extends CallShape {
  readonly path: string; // which call of the program this is, loops and items included
}

/** A value or an error that a call ended with. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string };

/** Where in its loops a program stands. */
export interface Place {
  readonly path: string; // "" at the top
  readonly lap: number; // two digits: 10 * outer + inner, counted from 1; 0 = in no loop
}

export const top: Place = { path: "", lap: 0 };

export function inLap(place: Place, index: number): Place {
  return { path: `${place.path}@${index}`, lap: place.lap * 10 + index + 1 };
}

export function pathOf({ id }: Node, { path }: Place): string {
  return `${id}${path}`;
}

/** Sleeps are told apart by their length: every one of a program, in every lap, has a length of its own. */
export function sleepMs({ id, ms }: { readonly id: number; readonly ms: number }, { lap }: Place): number {
  return ms * 10_000 + id * 100 + lap;
}

export function mapItem(path: string, index: number): string {
  return `${path}.${index}`;
}

/** A small number that follows from what decided a value: winners, failures, texts. */
export function weigh(value: unknown): number {
  if (typeof value === "string") return value.length === 36 ? 0 : value.length; // the reference does not know uuids
  if (Array.isArray(value)) return value.reduce((sum: number, part) => sum + weigh(part), 0);
  if (typeof value !== "object" || value === null) return 0;
  if ("win" in value && typeof value.win === "number")
    return value.win + 1 + ("value" in value ? weigh(value.value) : 0);
  return "caught" in value ? 1 : 0;
}

export function outcomeOf(input: CallInput, last: unknown): Outcome {
  if (input.fails > taskTable[input.task].retries) return { ok: false, message: failureOf(input) };
  return { ok: true, value: resultOf(input, weigh(last)) };
}

export function failureOf({ path, salt }: CallInput): string {
  return `task ${path} failed (${salt})`;
}

function resultOf({ path, shape, salt }: CallInput, weight: number): unknown {
  const text = `${path}:${salt}:${weight}`;
  const made: Record<CallInput["shape"], () => unknown> = {
    text: () => text,
    object: () => ({ path, salt, weight, nested: [{ weight }, null, true] }),
    date: () => new Date(1_600_000_000_000 + salt * 1_000 + weight),
    map: () => new Map([[text, { weight }]]),
    set: () => new Set([salt, text]),
    bigint: () => 2n ** 70n + BigInt(weight),
    bytes: () => new Uint8Array([salt % 256, weight % 256]),
    nothing: () => undefined,
    nan: () => Number.NaN,
    large: () => `${text}${"x".repeat(300)}`,
    error: () => new RangeError(text),
  };
  return made[shape]();
}

/** The texts that programs throw by themselves. */
export function thrownAt(path: string): string {
  return `thrown at ${path}`;
}

export interface Program {
  readonly root: Node;
  readonly input: string;
}

/** A program on one line, for people. */
export function showProgram(node: Node): string {
  const show = (call: CallShape): string =>
    `${call.task}${call.fails > 0 ? `!${call.fails}` : ""}:${call.shape}`;
  const { kind, id } = node;
  const head = `${kind}${id}`;
  switch (kind) {
    case "task":
      return `${head} ${show(node.call)}`;
    case "sleep":
      return `${head} ${node.ms}`;
    case "seq":
    case "all":
    case "race":
      return `${head}[${node.parts.map(showProgram).join(", ")}]`;
    case "try": {
      const rest = [node.handler, node.cleanup].map((part) => (part === null ? "-" : showProgram(part)));
      return `${head}{${showProgram(node.body)}}catch{${rest[0]}}finally{${rest[1]}}`;
    }
    case "loop":
      return `${head}*${node.times}{${showProgram(node.body)}}`;
    case "if":
      return `${head}{${showProgram(node.odd)}}else{${showProgram(node.even)}}`;
    case "nested":
      return `${head}{${showProgram(node.body)}}`;
    case "hold":
      return `${head}(${show(node.call)}){${showProgram(node.during)}}`;
    case "pipe":
      return `${head}(${show(node.first)} -> ${show(node.second)})`;
    case "map":
    case "first":
      return `${head}(${show(node.call)} x${node.count})`;
    case "wait":
      return `${head}(${show(node.call)}, ${node.ms})`;
    case "value":
    case "now":
    case "random":
    case "uuid":
    case "throw":
      return head;
  }
}
