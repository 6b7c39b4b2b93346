import { type CallRef, labelOf } from "../timeline/calls.ts";
import type { CallGraph, Link } from "./call-graph.ts";
import type { Edge } from "./layered-layout.ts";

/** A box of the graph: one call, or a stack of calls of one kind. */
export interface GraphNode {
  readonly id: string;
  readonly label: string;
  readonly calls: readonly CallRef[];
}

export interface FoldedGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly Edge[]; // between nodes, each once, none to itself
  readonly folding: Folding;
  readonly left: number; // nodes that even the strongest folding leaves too many; 0 = all are there
}

/** What is one node: each `map`, and each call that is in none; each name in its scope; each name. */
type Folding = "maps" | "scopes" | "names";

export const mostNodes = 400;

const strongest = "names";
const keepsMap = 3; // a map of so few calls shows all of them

/**
 * The graph as people can take it in: maps are stacks, and as long as there are more than `mostNodes` nodes, more is
 * stacked. `open` names stacks whose calls are shown one by one. O(calls + edges) for each folding.
 */
export function foldGraph(graph: CallGraph, open: ReadonlySet<string> = new Set()): FoldedGraph {
  for (const folding of ["maps", "scopes"] as const) {
    const stacks = stackUp(graph.calls, folding, open);
    if (stacks.nodes.length <= mostNodes) return finish(stacks, graph.links, folding);
  }
  return finish(stackUp(graph.calls, strongest, open), graph.links, strongest);
}

interface Stacks {
  readonly nodes: readonly GraphNode[];
  readonly nodeOf: readonly number[]; // by call
}

function stackUp(calls: readonly CallRef[], folding: Folding, open: ReadonlySet<string>): Stacks {
  const stacks = calls.map((call) => stackOf(call, folding));
  const sizes = new Map<string, number>();
  for (const { id } of stacks) sizes.set(id, (sizes.get(id) ?? 0) + 1);
  const nodes = new Map<string, { index: number; label: string; calls: CallRef[] }>();
  const nodeOf: number[] = [];
  for (const [index, call] of calls.entries()) {
    const stack = stacks[index] ?? { id: call.key, label: call.key };
    const isAlone = open.has(stack.id) || (folding === "maps" && (sizes.get(stack.id) ?? 0) <= keepsMap);
    const { id, label } = isAlone ? { id: call.key, label: labelOf(call.key) } : stack;
    const node = nodes.get(id) ?? { index: nodes.size, label, calls: [] };
    nodes.set(id, node);
    node.calls.push(call);
    nodeOf.push(node.index);
  }
  return { nodes: [...nodes].map(([id, { label, calls }]) => ({ id, label, calls })), nodeOf };
}

/** More names than nodes can be shown: the first ones, and how many are missing. Never a frozen tab. */
function finish({ nodes, nodeOf }: Stacks, links: readonly Link[], folding: Folding): FoldedGraph {
  const shown = nodes.slice(0, mostNodes);
  return { nodes: shown, edges: edgesOf(links, nodeOf), folding, left: nodes.length - shown.length };
}

function edgesOf(links: readonly Link[], nodeOf: readonly number[]): readonly Edge[] {
  const edges = new Map<number, Edge>();
  for (const link of links) {
    const sources = new Set(link.from.map((call) => nodeOf[call] ?? 0));
    const targets = new Set(link.to.map((call) => nodeOf[call] ?? 0));
    const pairs = [...sources].flatMap((from) => [...targets].map((to) => ({ from, to })));
    for (const { from, to } of pairs)
      if (from !== to && from < mostNodes && to < mostNodes) edges.set(from * mostNodes + to, { from, to });
  }
  return [...edges.values()];
}

function stackOf(call: CallRef, folding: Folding): Pick<GraphNode, "id" | "label"> {
  const { key, kind, name } = call;
  const scope = patternOf(key.slice(0, key.lastIndexOf("/") + 1));
  switch (folding) {
    case "maps": {
      const path = key.endsWith("]") ? key.slice(0, key.lastIndexOf("[")) : key;
      return { id: path === key ? key : `${path}[`, label: labelOf(path) };
    }
    case "scopes":
      return { id: `${scope}${kind} ${name}`, label: `${scope}${name}` };
    case "names":
      return { id: `${kind} ${name}`, label: name };
  }
}

/** "each#1[7]/" is like "each#1[8]/" and "each#2[1]/". */
function patternOf(scope: string): string {
  return scope.replaceAll(/#\d+/g, "").replaceAll(/\[[^\]/]*\]/g, "[]");
}

/** All nodes that a node comes after, and all that come after it. */
export function related(edges: readonly Edge[], node: number): ReadonlySet<number> {
  const reach = (step: (edge: Edge) => readonly [from: number, to: number]): Set<number> => {
    const next = new Map<number, number[]>();
    for (const edge of edges) {
      const [from, to] = step(edge);
      const list = next.get(from);
      if (list === undefined) next.set(from, [to]);
      else list.push(to);
    }
    const seen = new Set([node]);
    for (const at of seen) for (const to of next.get(at) ?? []) seen.add(to); // a set is walked as it grows
    return seen;
  };
  return new Set([...reach(({ from, to }) => [from, to]), ...reach(({ from, to }) => [to, from])]);
}
