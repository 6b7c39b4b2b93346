import type { CloseRule } from "../../src/events/child-events.ts";

/**
 * Random flow programs as data. `programs-sdk.ts` runs one with the real SDK; `reference.ts` says, without any of the
 * engine, what it must do.
 *
 * One rule makes the reference exact: every branch of a race begins with a call of its own, so that two branches never
 * end in the same drain; what is left to the order of microtasks decides nothing that is recorded. A cancellation is the
 * exception: it reaches several branches in one drain. Where their order could then matter, the reference says so and
 * abstains from there on (`Reference.isAmbiguous`); everything else is still checked.
 */
interface NodeShapes {
  value: { readonly value: string };
  now: object;
  random: object;
  uuid: object;
  throw: object;
  task: { readonly call: CallShape };
  sleep: { readonly ms: number };
  seq: { readonly parts: readonly Node[] };
  all: { readonly parts: readonly Node[] };
  race: { readonly parts: readonly Node[] };
  try: { readonly body: Node; readonly handler: Node | null; readonly cleanup: Node | null };
  loop: { readonly times: number; readonly body: Node };
  if: { readonly odd: Node; readonly even: Node };
  nested: { readonly body: Node };
  hold: { readonly call: CallShape; readonly during: Node }; // submits, does something else, then waits
  pipe: { readonly first: CallShape; readonly second: CallShape }; // gives a future as an argument
  map: { readonly call: CallShape; readonly count: number };
  first: { readonly call: CallShape; readonly count: number; readonly review: CallShape | null };
  wait: { readonly call: CallShape; readonly ms: number }; // a future, for a while
  receive: { readonly name: SignalName; readonly ms: number | null }; // null = however long it takes
  limit: { readonly ms: number; readonly body: Node }; // withTimeout
  due: { readonly call: CallShape; readonly ms: number }; // withTimeout around a future that was made outside of it
  shield: { readonly body: Node };
  branch: { readonly body: Node };
  contest: { readonly parts: readonly Node[] }; // race({ ... }): losers are cancelled
  child: { readonly how: "inline" | "submit" | "leave"; readonly onClose: CloseRule; readonly body: Node };
  patch: { readonly fresh: Node; readonly old: Node };
}

export const signalNames = ["red", "blue"] as const;
export type SignalName = (typeof signalNames)[number];

export type Kind = keyof NodeShapes;
export type NodeOf<K extends Kind> = { readonly kind: K; readonly id: number } & NodeShapes[K];
export type Node = { [K in Kind]: NodeOf<K> }[Kind];

/** What to do for each kind of node. */
export type NodeTable<Result> = {
  readonly [K in Kind]: (node: NodeOf<K>, last: unknown, place: Place) => Result;
};

export function pickFrom<Result>(
  table: NodeTable<Result>,
  node: Node,
): (last: unknown, place: Place) => Result {
  // The table pairs each kind with its own node.
  const act = table[node.kind] as (node: Node, last: unknown, place: Place) => Result;
  return (last, place) => act(node, last, place);
}

export type TaskName = keyof typeof taskTable;

/** The tasks of every program. `queue` null = direct calls run in the owner's process. */
export const taskTable = {
  fast: { retries: 0, retryDelay: 0, queue: null },
  flaky: { retries: 2, retryDelay: [40, 900], queue: null },
  remote: { retries: 1, retryDelay: 150, queue: "far" },
  named: { retries: 0, retryDelay: 0, queue: null }, // its author makes its keys
  // These share their results, as `programs-cache.ts` says.
  alike: { retries: 1, retryDelay: 60, queue: null },
  topical: { retries: 0, retryDelay: 0, queue: "far" },
  brief: { retries: 0, retryDelay: 0, queue: null },
  alone: { retries: 1, retryDelay: 90, queue: null },
  lonely: { retries: 1, retryDelay: 150, queue: "far" },
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
  readonly topic?: number; // of a task that shares its results: what they are about
  readonly isFresh?: boolean; // of the same: earlier results are replaced
}

/** What a task of a program is given: enough to know the call, and to know its outcome without asking anybody. */
export interface CallInput extends CallShape {
  readonly path: string; // which call of the program this is, loops and items included
}

/** A value or an error that a call ended with. */
export type Outcome = { readonly ok: true; readonly value: unknown } | Failure;

export interface Failure {
  readonly ok: false;
  readonly message: string;
  readonly isCancel?: true; // the flow ends cancelled when nobody catches it
}

/** Where in its loops a program stands. */
export interface Place {
  readonly path: string; // "" at the top
  readonly lap: number; // two digits: 10 * outer + inner, counted from 1; 0 = in no loop
  readonly zone?: unknown; // of the reference only: which cancellations reach here
}

export const top: Place = { path: "", lap: 0 };

export function inLap(place: Place, index: number): Place {
  return { ...place, path: `${place.path}@${index}`, lap: place.lap * 10 + index + 1 };
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
  readonly retries: number; // of every flow in it
  readonly continues: number; // times that each of its runs goes on as a new one
  readonly of: unknown; // tells it from the other programs of its flows; null = they have no other one
}

export const flowRetryMs = 300;

/** @throws Error when there is no such child */
export function findChild(node: Node, id: number): NodeOf<"child"> {
  const found = childrenIn(node).find((child) => child.id === id);
  if (found === undefined) throw new Error(`The program has no child ${id}.`);
  return found;
}

/** Every child of a program, children of children included. */
export function childrenIn(node: Node): readonly NodeOf<"child">[] {
  const inner = Object.values(node).flatMap((part: unknown) =>
    (Array.isArray(part) ? part : [part]).flatMap((member) => (isNode(member) ? childrenIn(member) : [])),
  );
  return node.kind === "child" ? [node, ...inner] : inner;
}

export function isNode(part: unknown): part is Node {
  return typeof part === "object" && part !== null && "kind" in part;
}

/** What a child of a program is given. All children are runs of one flow. */
export interface ChildInput {
  readonly of: unknown; // its program
  readonly id: number; // of its node
  readonly last: unknown;
  readonly path: string;
  readonly lap: number;
  readonly round?: number; // of a run that carries others on; missing = 0
}

export function patchId({ id }: { readonly id: number }): string {
  return `patch-${id}`;
}

/** A program on one line, for people. */
export function showProgram(node: Node): string {
  const parts = Object.entries(node).map(([name, part]) =>
    name === "kind" || name === "id" ? "" : showPart(part),
  );
  return `${node.kind}${node.id}(${parts.filter((text) => text !== "").join(" ")})`;
}

function showPart(part: unknown): string {
  if (Array.isArray(part)) return part.map((member) => showPart(member)).join(", ");
  if (part === null) return "-";
  if (typeof part !== "object") return JSON.stringify(part);
  if ("kind" in part) return showProgram(part as Node);
  const { task, fails, shape, topic, isFresh } = part as CallShape;
  const shared = topic === undefined ? "" : `/${topic}${isFresh === true ? "*" : ""}`;
  return `${task}${shared}${fails > 0 ? `!${fails}` : ""}:${shape}`;
}
