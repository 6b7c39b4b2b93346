import {
  type CallShape,
  type Failure,
  inLap,
  mapItem,
  type Node,
  type NodeOf,
  type NodeTable,
  type Outcome,
  type Place,
  pathOf,
  thrownAt,
  weigh,
} from "./programs.ts";
import { all, Cell, first as firstOf, type Instants, race, Thrown } from "./reference-cells.ts";
import { type OpenCells, Zone } from "./reference-zones.ts";

/** A number or text that only the engine knows: what `random()` or `uuid()` gave at one place. */
export class Drawn {
  readonly kind: "random" | "uuid";
  readonly path: string;
  constructor(kind: "random" | "uuid", path: string) {
    this.kind = kind;
    this.path = path;
  }
}

/** A part of a program under way: yields what it waits for, is resumed with the value, or with the error. */
export type Steps = Generator<Cell, unknown, unknown>;

/** What the steps of a program need from its interpreter. */
export interface ReferencePorts {
  readonly time: Instants;
  readonly cells: OpenCells;
  readonly now: () => number;
  readonly run: (node: Node, last: unknown, place: Place) => Steps;
  readonly spawn: (steps: Steps) => Cell;
  readonly task: (shape: CallShape, path: string, about: Given) => Cell;
  readonly sleep: (
    node: { readonly id: number; readonly ms: number },
    place: Place,
    isAside?: boolean,
  ) => Cell;
  readonly signal: (node: NodeOf<"receive">, place: Place) => Cell;
  readonly child: (node: NodeOf<"child">, last: unknown, place: Place) => Cell;
  readonly isNew: (patch: string) => boolean;
  readonly takePending: (zone: Zone) => Failure | null;
}

export function zoneOf({ zone }: Place): Zone {
  if (zone instanceof Zone) return zone;
  throw new Error("The reference has lost its zone.");
}

type Scoped = "receive" | "limit" | "due" | "shield" | "branch" | "contest" | "child" | "patch";

/** What each kind of node does; those of `reference-scopes.ts` excepted. */
export function referenceTable(ports: ReferencePorts): Omit<NodeTable<Steps>, Scoped> {
  const { run, spawn, task, sleep, time } = ports;
  const spawnAll = (parts: readonly Node[], last: unknown, place: Place): Cell[] =>
    parts.map((part) => spawn(run(part, last, place)));
  return {
    value: ({ value }) => ended(value),
    now: () => ended(ports.now()),
    random: (node, _last, place) => ended(new Drawn("random", pathOf(node, place))),
    uuid: (node, _last, place) => ended(new Drawn("uuid", pathOf(node, place))),
    throw: (node, _last, place) => thrown(thrownAt(pathOf(node, place))),
    *sleep(node, _last, place) {
      yield sleep(node, place);
      return "slept";
    },
    task: (node, last, place) => waitFor(() => task(node.call, pathOf(node, place), { last, place })),
    nested: ({ body }, last, place) => run(body, last, place),
    if: ({ odd, even }, last, place) => run(weigh(last) % 2 === 1 ? odd : even, last, place),
    seq: ({ parts }, last, place) => seq(ports, parts, { last, place }),
    all: ({ parts }, last, place) => waitFor(() => all(spawnAll(parts, last, place), time)),
    race: ({ parts }, last, place) => waitFor(() => race(spawnAll(parts, last, place), time)),
    try: (node, last, place) => attempt(ports, node, { last, place }),
    loop: (node, last, place) => loop(ports, node, { last, place }),
    *hold(node, last, place) {
      const future = task(node.call, pathOf(node, place), { last, place });
      const during = yield* run(node.during, last, place);
      return [during, yield future];
    },
    *pipe(node, last, place) {
      const path = pathOf(node, place);
      const value = yield task(node.first, path, { last, place });
      return yield task(node.second, `${path}+`, { last: value, place });
    },
    map: (node, last, place) => waitFor(() => all(submitAll(ports, node, { last, place }), time)),
    first: (node, last, place) => first(ports, node, { last, place }),
    *wait(node, last, place) {
      const future = task(node.call, pathOf(node, place), { last, place });
      const over = sleep(node, place);
      const isEnded = yield firstOf([future, over], time, (outcome, index) =>
        index === 0 || outcome.ok ? { ok: true, value: index === 0 } : outcome,
      );
      return [isEnded, stateOf(future.outcome)];
    },
  };
}

export interface Given {
  readonly last: unknown;
  readonly place: Place;
}

function ended(value: unknown): Steps {
  return waitFor(() => settled({ ok: true, value }));
}

function thrown(message: string): Steps {
  return waitFor(() => settled({ ok: false, message }));
}

function settled(outcome: Outcome): Cell {
  const cell = new Cell();
  cell.settle(outcome);
  return cell;
}

export function* waitFor(begin: () => Cell): Steps {
  return yield begin();
}

function stateOf(outcome: Outcome | null): string {
  if (outcome === null) return "PENDING";
  return outcome.ok ? "COMPLETED" : "FAILED";
}

function* seq({ run }: ReferencePorts, parts: readonly Node[], given: Given): Steps {
  const values: unknown[] = [];
  let { last } = given;
  for (const part of parts) {
    last = yield* run(part, last, given.place);
    values.push(last);
  }
  return values;
}

function* attempt(
  { run }: ReferencePorts,
  { body, handler, cleanup }: NodeOf<"try">,
  { last, place }: Given,
): Steps {
  let cleaned: unknown = null;
  let value: unknown;
  try {
    value = yield* run(body, last, place);
  } catch (error) {
    if (handler === null || !(error instanceof Thrown)) throw error;
    value = { caught: error.message, after: yield* run(handler, error.message, place) };
  } finally {
    if (cleanup !== null) cleaned = yield* run(cleanup, last, place);
  }
  return [value, cleaned];
}

function* loop({ run }: ReferencePorts, { times, body }: NodeOf<"loop">, given: Given): Steps {
  let { last } = given;
  for (let index = 0; index < times; index += 1) {
    last = yield* run(body, last, inLap(given.place, index));
    if (weigh(last) % 2 === 0) return ["even", index, last];
  }
  return ["odd", last];
}

function submitAll(
  { task }: ReferencePorts,
  node: NodeOf<"map"> | NodeOf<"first">,
  { last, place }: Given,
): Cell[] {
  const path = pathOf(node, place);
  return Array.from({ length: node.count }, (_, index) =>
    task(node.call, mapItem(path, index), { last, place }),
  );
}

function* first(ports: ReferencePorts, node: NodeOf<"first">, given: Given): Steps {
  const path = pathOf(node, given.place);
  const results: { readonly win: number; readonly outcome: Outcome }[] = []; // in the order in which they ended
  let news = new Cell();
  for (const [win, cell] of submitAll(ports, node, given).entries()) {
    cell.watch((outcome) => {
      results.push({ win, outcome });
      news.settle({ ok: true, value: null });
    });
  }
  for (let seen = 0; seen < node.count; seen += 1) {
    if (results.length === seen) {
      news = new Cell();
      yield news;
    }
    const { win, outcome } = results[seen]!;
    if (node.review !== null)
      yield ports.task(node.review, `${path}?${seen + 1}`, { last: win, place: given.place });
    if (outcome.ok && (weigh(outcome.value) + win) % 2 === 0) return { win, value: outcome.value };
  }
  return "none";
}
