import type { RunSummary } from "./run-summary.ts";

/**
 * By what runs can be found without reading them: each index is a sorted list of runs by the time of their creation,
 * and knows its length. Every run is in exactly one "state" index, so counts by flow and state are exact sums.
 */
export type RunIndex =
  | readonly ["state", flow: string, state: string, name: string]
  | readonly ["queue", queue: string]
  | readonly ["tag", tag: string]
  | readonly ["parent", run: string] // runs that a flow of this run called
  | readonly ["root", run: string]; // all runs of the tree below this run

/** The indexes that hold a run, as texts that `readIndex` understands. */
export function indexesOf({
  flow,
  state,
  stateName,
  queue,
  tags,
  parent,
  root,
}: RunSummary): readonly string[] {
  const indexes: RunIndex[] = [
    ["state", flow, state, stateName],
    ["queue", queue],
    ...[...new Set(tags)].map((tag) => ["tag", tag] as const),
    ...(parent === null ? [] : [["parent", parent] as const]),
    ...(root === null ? [] : [["root", root] as const]),
  ];
  return indexes.map((index) => JSON.stringify(index));
}

/** Whether an index is one by flow and state; spares the reading of thousands by tag. */
export function isStateIndex(text: string): boolean {
  return text.startsWith('["state"');
}

const simple = ["queue", "tag", "parent", "root"] as const;

function isSimple(kind: string | undefined): kind is (typeof simple)[number] {
  return simple.some((known) => known === kind);
}

/** The parts of an index; null = not one of ours. */
export function readIndex(text: string): RunIndex | null {
  const parts: unknown = JSON.parse(text);
  if (!Array.isArray(parts) || !parts.every((part) => typeof part === "string")) return null;
  const [kind, one = "", two = "", three = ""] = parts;
  if (kind === "state") return ["state", one, two, three];
  return isSimple(kind) ? [kind, one] : null;
}
