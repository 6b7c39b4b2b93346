/** An arrow between two nodes, by their numbers. */
export interface Edge {
  readonly from: number;
  readonly to: number;
}

/** Where a node stands: its layer from the left, and its place in there from the top. */
export interface NodePlace {
  readonly layer: number;
  readonly row: number; // in units of rows; halves are possible, as layers are centred
}

export interface Layout {
  readonly places: readonly NodePlace[];
  readonly layers: number;
  readonly rows: number; // of the fullest layer
}

const sweeps = 4;

/**
 * A layered drawing from left to right: a node is right of all that lead to it (longest path), and four sweeps put it near
 * the middle of its neighbours (barycentre). Edges that go back in the order of the nodes, as stacks of loops make them,
 * count for nothing here. O(sweeps × (nodes log nodes + edges)).
 */
export function layOut(count: number, edges: readonly Edge[]): Layout {
  const forward = edges.filter(({ from, to }) => from < to);
  const before = neighbours(count, forward, ({ from, to }) => [to, from]);
  const after = neighbours(count, forward, ({ from, to }) => [from, to]);
  const layerOf = longestPaths(before);
  const layers = group(layerOf);
  const orders = Float64Array.from({ length: count });
  for (const layer of layers) number(layer, orders);
  for (let sweep = 0; sweep < sweeps; sweep += 1) {
    const isDown = sweep % 2 === 0;
    for (const layer of isDown ? layers : layers.toReversed()) {
      sortByMiddle(layer, isDown ? before : after, orders);
      number(layer, orders);
    }
  }
  return place(layers, layerOf, orders);
}

type Neighbours = readonly (readonly number[])[];

function neighbours(
  count: number,
  edges: readonly Edge[],
  direction: (edge: Edge) => readonly [at: number, other: number],
): Neighbours {
  const lists: number[][] = Array.from({ length: count }, () => []);
  for (const edge of edges) {
    const [at, other] = direction(edge);
    lists[at]?.push(other);
  }
  return lists;
}

/** Edges lead from lower to higher numbers, so one pass is enough. */
function longestPaths(before: Neighbours): Int32Array {
  const layerOf = new Int32Array(before.length);
  for (const [node, sources] of before.entries()) {
    let layer = 0;
    for (const source of sources) layer = Math.max(layer, (layerOf[source] ?? 0) + 1);
    layerOf[node] = layer;
  }
  return layerOf;
}

function group(layerOf: Int32Array): number[][] {
  const layers: number[][] = [];
  for (const [node, layer] of layerOf.entries()) {
    while (layers.length <= layer) layers.push([]);
    layers[layer]?.push(node);
  }
  return layers;
}

function number(layer: readonly number[], orders: Float64Array): void {
  const shift = (layer.length - 1) / 2; // layers are centred, so middles of different layers compare
  for (const [row, node] of layer.entries()) orders[node] = row - shift;
}

function sortByMiddle(layer: number[], neighbours: Neighbours, orders: Float64Array): void {
  const middles = new Map(layer.map((node) => [node, middleOf(neighbours[node] ?? [], orders, node)]));
  layer.sort((one, other) => (middles.get(one) ?? 0) - (middles.get(other) ?? 0) || one - other);
}

function middleOf(nodes: readonly number[], orders: Float64Array, self: number): number {
  if (nodes.length === 0) return orders[self] ?? 0; // it stays where it is
  let sum = 0;
  for (const node of nodes) sum += orders[node] ?? 0;
  return sum / nodes.length;
}

function place(layers: readonly (readonly number[])[], layerOf: Int32Array, orders: Float64Array): Layout {
  const rows = layers.reduce((most, layer) => Math.max(most, layer.length), 0);
  const middle = (rows - 1) / 2;
  const places = [...layerOf].map((layer, node) => ({ layer, row: (orders[node] ?? 0) + middle }));
  return { places, layers: layers.length, rows };
}
