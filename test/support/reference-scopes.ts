import { formatMs } from "../../src/base/durations.ts";
import {
  type Failure,
  type NodeOf,
  type NodeTable,
  type Outcome,
  type Place,
  patchId,
  pathOf,
  sleepMs,
} from "./programs.ts";
import { allEnded, Cell, race, Thrown } from "./reference-cells.ts";
import { type Given, type ReferencePorts, type Steps, waitFor, zoneOf } from "./reference-steps.ts";
import { Zone } from "./reference-zones.ts";

type Scoped = "receive" | "limit" | "due" | "shield" | "branch" | "contest" | "child" | "patch";

/** What nodes with a scope, and calls of other runs and people do. */
export function scopeTable(ports: ReferencePorts): Pick<NodeTable<Steps>, Scoped> {
  const { run, task, signal, child } = ports;
  const inside = (place: Place, isShield = false): Place => ({
    ...place,
    zone: new Zone(zoneOf(place), isShield),
  });
  return {
    receive: (node, _last, place) => {
      const wait = (inner: Place): Steps => waitFor(() => signal(node, inner));
      const { ms } = node;
      return ms === null ? wait(place) : limit(ports, { id: node.id, ms }, place, wait);
    },
    limit: (node, last, place) => limit(ports, node, place, (inner) => run(node.body, last, inner)),
    *due(node, last, place) {
      const future = task(node.call, pathOf(node, place), { last, place });
      return yield* limit(ports, node, place, () => waitFor(() => future));
    },
    shield: ({ body }, last, place) => run(body, last, inside(place, true)),
    branch: ({ body }, last, place) => run(body, last, inside(place)),
    contest: (node, last, place) => contest(ports, node, { last, place }),
    *child(node, last, place) {
      const cell = child(node, last, place);
      if (node.how === "leave") return "left";
      return yield cell;
    },
    patch: (node, last, place) => run(ports.isNew(patchId(node)) ? node.fresh : node.old, last, place),
  };
}

/** `withTimeout` */
function* limit(
  { spawn, sleep, cells, takePending }: ReferencePorts,
  node: { readonly id: number; readonly ms: number },
  place: Place,
  body: (inner: Place) => Steps,
): Steps {
  const zone = zoneOf(place);
  const pending = takePending(zone);
  if (pending !== null) throw new Thrown(pending);
  const inner = new Zone(zone);
  const failure: Failure = { ok: false, message: `It took longer than ${formatMs(sleepMs(node, place))}.` };
  const result = new Cell();
  const state = { isOver: false };
  const timer = sleep(node, place, true);
  const ended = spawn(body({ ...place, zone: inner }));
  ended.watch((outcome) => result.settle(outcome));
  timer.watch((outcome) => {
    if (!outcome.ok) return;
    state.isOver = true;
    cells.cancel(inner, failure);
    const abandoned = cells.whenQuiet(
      new Zone(null, true),
      () => ended.outcome !== null || !cells.isBusyIn(inner),
      new Cell(),
    );
    abandoned.watch(() => result.settle(failure));
  });
  try {
    return yield result;
  } finally {
    if (!state.isOver) cells.withdraw(`sleep ${sleepMs(node, place)}`);
  }
}

/** `race({ ... })` */
function* contest(
  { spawn, run, cells, time }: ReferencePorts,
  { parts }: NodeOf<"contest">,
  { last, place }: Given,
): Steps {
  const group = new Zone(zoneOf(place));
  const { cancellations } = group;
  const entrants = parts.map((part) => {
    const zone = new Zone(group);
    return { zone, ended: spawn(run(part, last, { ...place, zone })) };
  });
  const all = allEnded(entrants.map(({ ended }) => ended));
  const outcome = yield* outcomeOf(
    race(
      entrants.map(({ ended }) => ended),
      time,
    ),
  );
  if (group.cancellations === cancellations)
    for (const { zone } of entrants) cells.cancel(zone, { ok: false, message: lost, isCancel: true });
  if (all.outcome === null) {
    const isQuiet = (): boolean => all.outcome !== null || !cells.isBusyIn(group);
    yield cells.whenQuiet(new Zone(null, true), isQuiet, new Cell());
  }
  if (!outcome.ok) throw new Thrown(outcome);
  return outcome.value;
}

const lost = "Another branch of the race was first.";

function* outcomeOf(cell: Cell): Generator<Cell, Outcome, unknown> {
  try {
    return { ok: true, value: yield cell };
  } catch (error) {
    if (error instanceof Thrown) return error.failure;
    throw error;
  }
}
