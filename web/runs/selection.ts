/** Which rows of a list are chosen. Immutable: each step answers a new one. */
export interface Selection {
  readonly ids: ReadonlySet<string>;
  readonly anchor: string | null; // where a range begins
  readonly isEverything: boolean; // all that match, loaded or not
}

export const nothingSelected: Selection = { ids: new Set(), anchor: null, isEverything: false };

export function toggle({ ids }: Selection, id: string): Selection {
  const next = new Set(ids);
  if (!next.delete(id)) next.add(id);
  return { ids: next, anchor: id, isEverything: false };
}

/** Everything between the anchor and a row, besides what is chosen. */
export function extendTo(selection: Selection, order: readonly string[], id: string): Selection {
  const { ids, anchor } = selection;
  const from = anchor === null ? -1 : order.indexOf(anchor);
  const to = order.indexOf(id);
  if (from < 0 || to < 0) return toggle(selection, id);
  const between = order.slice(Math.min(from, to), Math.max(from, to) + 1);
  return { ids: new Set([...ids, ...between]), anchor, isEverything: false };
}

export function selectLoaded(order: readonly string[]): Selection {
  return { ids: new Set(order), anchor: order[0] ?? null, isEverything: false };
}
