import type { Node, NodeOf } from "./programs.ts";

type Change = (node: Node, freshId: number) => readonly (readonly [string, Node])[];

const plain = { task: "fast", fails: 0, shape: "text", salt: 1 } as const;

function withBody(node: Node): node is NodeOf<"limit"> | NodeOf<"shield"> | NodeOf<"branch"> {
  return node.kind === "limit" || node.kind === "shield" || node.kind === "branch";
}

/** Changes of scopes, signals, children and patches. */
export const scopeChanges: readonly Change[] = [
  (node) => (withBody(node) ? [[`unwrap ${node.id}`, node.body]] : []),
  (node) =>
    node.kind === "limit" || node.kind === "due" ? [[`limit ${node.id}`, { ...node, ms: node.ms + 1 }]] : [],
  (node) =>
    node.kind === "shield" ? [[`shield->branch ${node.id}`, { ...node, kind: "branch" as const }]] : [],
  (node) =>
    node.kind === "contest"
      ? [
          [`contest->race ${node.id}`, { ...node, kind: "race" as const }],
          [`contest->all ${node.id}`, { ...node, kind: "all" as const }],
        ]
      : [],
  (node) => {
    if (node.kind !== "receive") return [];
    const other = node.name === "red" ? "blue" : "red";
    return [
      [`signal ${node.id}`, { ...node, name: other }],
      [`patience ${node.id}`, { ...node, ms: node.ms === null ? 1 : null }],
    ];
  },
  (node) => {
    if (node.kind !== "child") return [];
    return [
      [`uncall ${node.id}`, node.body],
      [`how ${node.id}`, { ...node, how: node.how === "leave" ? "submit" : "leave" }],
    ];
  },
  (node) =>
    node.kind === "patch"
      ? [
          [`old way ${node.id}`, node.old],
          [`new way ${node.id}`, node.fresh],
        ]
      : [],
  /** A change that is guarded as it should be: runs that passed the spot keep the old way. */
  (node, id) =>
    node.kind === "task" || node.kind === "seq"
      ? [
          [
            `patch ${node.id}`,
            { kind: "patch", id, fresh: { kind: "task", id: id + 1, call: plain }, old: node },
          ],
        ]
      : [],
];
