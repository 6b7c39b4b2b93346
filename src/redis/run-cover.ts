import { asksSummaries } from "../projections/accept-run.ts";
import { type RunIndex, readIndex } from "../projections/run-indexes.ts";
import { indexPart, shardKeys, viewKeys } from "./keys.ts";
import { acceptAny, acceptStates, type RunQuery } from "./run-query.ts";
import type { BuildPlace } from "./view-store.ts";

type StateIndex = RunIndex & readonly ["state", ...string[]];

/** Sorted sets that together hold every run that a query asks for, each once; they may hold others too. */
export type Cover =
  | { readonly kind: "runs" } // all runs of the log, also those that are not folded
  | { readonly kind: "index"; readonly index: RunIndex }
  | { readonly kind: "states"; readonly accepts: (flow: string, state: string, name: string) => boolean };

/** Every cover of a query; the smallest is the one to walk. At least one. */
export function coversOf({
  states = [],
  flows = [],
  queue,
  tags = [],
  parent,
  root,
}: RunQuery): readonly Cover[] {
  const covers: Cover[] = tags.map((tag) => ({ kind: "index", index: ["tag", tag] }));
  if (queue !== undefined) covers.push({ kind: "index", index: ["queue", queue] });
  if (parent !== undefined) covers.push({ kind: "index", index: ["parent", parent] });
  if (root !== undefined) covers.push({ kind: "index", index: ["root", root] });
  if (states.length > 0 || flows.length > 0) covers.push(statesCover(states, flows));
  return covers.length === 0 ? [{ kind: "runs" }] : covers;
}

/** The indexes by flow and state that hold runs of these; nothing given = all of them. */
export function statesCover(states: readonly string[], flows: readonly string[]): Cover {
  const isState = acceptStates(states);
  const isFlow = acceptAny(flows);
  return { kind: "states", accepts: (flow, state, name) => isFlow(flow) && isState(state, name) };
}

/** Whether runs of the cover need no other look: it says all that the query asks for. */
export function isWhole(cover: Cover, query: RunQuery): boolean {
  const { states = [], flows = [], queue, tags = [], parent, root, parameters = {} } = query;
  const others = Object.keys(parameters).length + (asksSummaries(query) ? 1 : 0);
  const byState = Math.min(1, states.length + flows.length);
  const single = [queue, parent, root].filter((given) => given !== undefined).length;
  const asked = others + byState + tags.length + single;
  return asked === 0 || (asked === 1 && others === 0 && cover.kind !== "runs");
}

/** Whether the sorted sets of a cover follow from the list of the indexes by flow and state. */
export function needsStates(cover: Cover): boolean {
  return cover.kind === "states";
}

/** One sorted set of a cover: run -> epoch ms of its creation. */
export interface CoverSet {
  readonly key: string;
  readonly index: RunIndex | null; // null = all runs of the log
}

/** The sorted sets of a cover in one shard. */
export function setsOfCover(
  cover: Cover,
  { namespace, shard, build }: BuildPlace,
  states: readonly string[],
): readonly CoverSet[] {
  if (cover.kind === "runs") return [{ key: shardKeys(namespace, shard).runs, index: null }];
  const keys = viewKeys(namespace, shard, build);
  if (cover.kind === "index")
    return [{ key: keys.part(indexPart(JSON.stringify(cover.index))), index: cover.index }];
  return states.flatMap((part) => {
    const index = toStateIndex(part);
    if (index === null) return [];
    const [, flow, state, name] = index;
    return cover.accepts(flow, state, name) ? [{ key: keys.part(part), index }] : [];
  });
}

const prefix = indexPart("");

function toStateIndex(part: string): StateIndex | null {
  const index = readIndex(part.slice(prefix.length));
  return index?.[0] === "state" ? index : null;
}
