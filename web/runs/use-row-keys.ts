import { useNavigate } from "@tanstack/react-router";
import { type MouseEvent, useCallback, useState } from "react";
import type { RunRow } from "../../src/server/contract/runs.ts";
import type { Binding } from "../keys/key-book.ts";
import { useKeys } from "../keys/use-keys.tsx";
import type { BulkAction } from "./bulk-dialog.tsx";
import { extendTo, nothingSelected, type Selection, selectLoaded, toggle } from "./selection.ts";

interface RowKeysOptions {
  readonly rows: readonly RunRow[];
  readonly onPeek: (run: string | null) => void;
  readonly isPeeking: boolean;
  readonly load: () => void;
}

/** The cursor, the selection, and the keys and clicks that move and use them. */
export function useRowKeys({ rows, onPeek, isPeeking, load }: RowKeysOptions) {
  const navigate = useNavigate();
  const [cursor, setCursor] = useState<number | null>(null);
  const [selection, setSelection] = useState(nothingSelected);
  const [action, setAction] = useState<BulkAction | null>(null);
  const row = cursor === null ? undefined : rows[cursor];
  const chosen = rows.filter(({ run }) => selection.ids.has(run));
  const clear = (): void => setSelection(nothingSelected);
  const toggleRun = useCallback((run: string) => setSelection((before) => toggle(before, run)), []);
  const move = (step: number, isRange: boolean): void => {
    const next = Math.max(0, Math.min(rows.length - 1, (cursor ?? -1) + step));
    const target = rows[next];
    if (target === undefined) return;
    setCursor(next);
    if (isRange) setSelection(rangeTo(selection, rows, row, target));
    if (isPeeking) onPeek(target.run);
  };
  const two = pairOf(chosen);
  const compare = (): void => {
    if (two !== null) void navigate({ to: "/compare", search: two });
  };
  const act = (next: BulkAction): void => {
    if (chosen.length > 0 || selection.isEverything || row !== undefined) setAction(next);
  };
  useKeys(
    inLists({
      j: ["next row", () => move(1, false)],
      k: ["row before", () => move(-1, false)],
      J: ["choose down to the next row", () => move(1, true)],
      K: ["choose up to the row before", () => move(-1, true)],
      Enter: [
        "open the row",
        () => row !== undefined && void navigate({ to: "/runs/$run", params: { run: row.run } }),
      ],
      Space: ["look at the row beside the list", () => onPeek(isPeeking ? null : (row?.run ?? null))],
      x: ["choose the row", () => row !== undefined && toggleRun(row.run)],
      "Mod+a": ["choose every loaded row", () => setSelection(selectLoaded(rows.map(({ run }) => run)))],
      ".": ["show what is new", load],
      d: ["compare the two that are chosen", compare],
      c: ["cancel what is chosen", () => act("cancel")],
      r: ["retry what is chosen", () => act("retry")],
      Escape: ["close, then choose nothing", () => (isPeeking ? onPeek(null) : clear())],
    }),
  );
  return {
    cursor,
    selection,
    action,
    setAction,
    toggleRun,
    clickRow: useRowClick({ rows, setCursor, setSelection, onPeek }),
    clear,
    targets: chosen.length === 0 && row !== undefined ? [row] : chosen,
    selectEverything: () => setSelection({ ...selection, isEverything: true }),
    compare: two === null ? null : compare,
  };
}

function inLists(
  keys: Readonly<Record<string, readonly [does: string, act: () => unknown]>>,
): readonly Binding[] {
  return Object.entries(keys).map(([name, [does, act]]) => ({
    keys: name,
    does,
    group: "Lists",
    act: () => void act(),
  }));
}

/** Two chosen rows as they are compared: the older one first. */
function pairOf(chosen: readonly RunRow[]): { readonly a: string; readonly b: string } | null {
  const [first, second] = chosen;
  if (first === undefined || second === undefined || chosen.length !== 2) return null;
  return first.createdAt <= second.createdAt
    ? { a: first.run, b: second.run }
    : { a: second.run, b: first.run };
}

function rangeTo(
  selection: Selection,
  rows: readonly RunRow[],
  from: RunRow | undefined,
  to: RunRow,
): Selection {
  const begun = selection.anchor === null && from !== undefined ? toggle(selection, from.run) : selection;
  return extendTo(
    begun,
    rows.map(({ run }) => run),
    to.run,
  );
}

interface RowClickOptions {
  readonly rows: readonly RunRow[];
  readonly setCursor: (index: number) => void;
  readonly setSelection: (change: (before: Selection) => Selection) => void;
  readonly onPeek: (run: string) => void;
}

/** A click looks at the row; with a key, it chooses. What stands in the row has clicks of its own. */
function useRowClick({ rows, setCursor, setSelection, onPeek }: RowClickOptions) {
  return (index: number, event: MouseEvent): void => {
    const target = rows[index];
    const isInside = event.target instanceof Element && event.target.closest("a, input, button") !== null;
    if (target === undefined || isInside) return;
    setCursor(index);
    if (event.shiftKey) setSelection((before) => rangeTo(before, rows, undefined, target));
    else if (event.metaKey || event.ctrlKey) setSelection((before) => toggle(before, target.run));
    else onPeek(target.run);
  };
}
