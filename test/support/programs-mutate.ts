import { type CallShape, isNode, type Node, type Program } from "./programs.ts";
import { scopeChanges } from "./programs-mutate-scopes.ts";

export interface Mutation {
  readonly name: string; // what was done, and to which node
  readonly program: Program;
}

export type Change = (node: Node, freshId: number) => readonly (readonly [string, Node])[];

const plainCall: CallShape = { task: "fast", fails: 0, shape: "text", salt: 1 };

/** Every program that differs from `program` by one change. */
export function mutate({ root, ...rest }: Program): readonly Mutation[] {
  const freshId = countNodes(root) + 1;
  return changesOf(root, freshId).map(([name, changed]) => ({ name, program: { ...rest, root: changed } }));
}

function countNodes(node: Node): number {
  return 1 + childrenOf(node).reduce((sum, [, child]) => sum + countNodes(child), 0);
}

function changesOf(node: Node, freshId: number): readonly (readonly [string, Node])[] {
  const own = changes.flatMap((change) => change(node, freshId));
  const inner = childrenOf(node).flatMap(([put, child]) =>
    changesOf(child, freshId).map(([name, changed]) => [name, put(changed)] as const),
  );
  return [...own, ...inner];
}

/** The nodes inside, each with the way to put another one in its place. */
function childrenOf(node: Node): readonly (readonly [(child: Node) => Node, Node])[] {
  const found: (readonly [(child: Node) => Node, Node])[] = [];
  for (const [name, part] of Object.entries(node) as [string, unknown][]) {
    if (isNode(part)) found.push([(child) => ({ ...node, [name]: child }), part]);
    if (!Array.isArray(part)) continue;
    for (const [index, member] of part.entries()) {
      if (isNode(member)) found.push([(child) => ({ ...node, [name]: part.with(index, child) }), member]);
    }
  }
  return found;
}

const changes: readonly Change[] = [
  ...scopeChanges,
  /** Two neighbours change places. */
  (node) =>
    !("parts" in node)
      ? []
      : node.parts.slice(1).map((_, index) => {
          const parts = node.parts.with(index, node.parts[index + 1]!).with(index + 1, node.parts[index]!);
          return [`swap ${node.id}:${index}`, { ...node, parts }];
        }),
  /** A call that was not there. */
  (node, id) =>
    node.kind !== "seq"
      ? []
      : [0, node.parts.length].map((index) => {
          const parts = node.parts.toSpliced(index, 0, { kind: "task", id, call: plainCall });
          return [`insert ${node.id}:${index}`, { ...node, parts }];
        }),
  /** A part that is gone. */
  (node) =>
    !("parts" in node) || node.parts.length < 2
      ? []
      : node.parts.map((_, index) => [
          `delete ${node.id}:${index}`,
          { ...node, parts: node.parts.toSpliced(index, 1) },
        ]),
  /** Another task, another argument, another number of items. */
  (node) => {
    if (!("call" in node)) return [];
    const { call } = node;
    const renamed: CallShape = { ...call, task: call.task === "fast" ? "flaky" : "fast" };
    return [
      [`rename ${node.id}`, { ...node, call: renamed }],
      [`argument ${node.id}`, { ...node, call: { ...call, salt: call.salt + 1 } }],
      ...("count" in node ? [[`count ${node.id}`, { ...node, count: node.count + 1 }] as const] : []),
    ];
  },
  /** One after another instead of together, and the other way round. */
  (node) => {
    if (node.kind === "all") return [[`all->seq ${node.id}`, { ...node, kind: "seq" }]];
    if (node.kind === "seq") return [[`seq->all ${node.id}`, { ...node, kind: "all" }]];
    return node.kind === "race" ? [[`race->all ${node.id}`, { ...node, kind: "all" }]] : [];
  },
  (node) =>
    node.kind === "sleep" || node.kind === "wait" ? [[`sleep ${node.id}`, { ...node, ms: node.ms + 1 }]] : [],
  /** Nobody catches, nobody cleans up. */
  (node) => {
    if (node.kind !== "try") return [];
    return [
      ...(node.handler === null ? [] : [[`no catch ${node.id}`, { ...node, handler: null }] as const]),
      ...(node.cleanup === null ? [] : [[`no finally ${node.id}`, { ...node, cleanup: null }] as const]),
    ];
  },
  (node) => (node.kind === "value" ? [[`value ${node.id}`, { ...node, value: `${node.value}!` }]] : []),
  (node) => (node.kind === "loop" ? [[`laps ${node.id}`, { ...node, times: node.times + 1 }]] : []),
  (node) => (node.kind === "if" ? [[`else ${node.id}`, { ...node, odd: node.even, even: node.odd }]] : []),
  (node) =>
    node.kind === "first"
      ? [[`review ${node.id}`, { ...node, review: node.review === null ? plainCall : null }]]
      : [],
  (node) =>
    node.kind === "pipe"
      ? [[`second ${node.id}`, { ...node, second: { ...node.second, salt: node.second.salt + 1 } }]]
      : [],
  (node) => (node.kind === "nested" ? [[`unwrap ${node.id}`, node.body]] : []),
];
