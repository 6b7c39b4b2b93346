/** How a reader wants the columns of the list. What is not named stays as it is usually. */
export interface Arrangement {
  readonly hidden: readonly string[]; // ids
  readonly order: readonly string[]; // ids, from the left; those that are missing follow
  readonly widths: Readonly<Record<string, number>>; // px, by id
}

export const usual: Arrangement = { hidden: [], order: [], widths: {} };

interface Arranged {
  readonly id: string;
  readonly width: string;
}

const first = "select"; // it has the boxes to choose rows by
const always: ReadonlySet<string> = new Set([first, "state", "name"]);

/** Whether a reader may do without it. */
export function canHide(id: string): boolean {
  return !always.has(id);
}

/** The columns in their order, with their widths, without those that are hidden. */
export function arrange<Shown extends Arranged>(
  columns: readonly Shown[],
  { hidden, order, widths }: Arrangement,
): readonly Shown[] {
  const shown = columns.filter(({ id }) => !canHide(id) || !hidden.includes(id));
  return inOrder(shown, order).map((column) => {
    const px = widths[column.id];
    return px === undefined ? column : { ...column, width: `${px}px` };
  });
}

/** As `order` says; new ones come where they usually are, after those that are named. */
export function inOrder<Named extends { readonly id: string }>(
  columns: readonly Named[],
  order: readonly string[],
): readonly Named[] {
  const placeOf = ({ id }: Named): number => {
    const place = order.indexOf(id);
    if (id === first) return -1;
    return place < 0 ? order.length : place;
  };
  return columns.toSorted((one, other) => placeOf(one) - placeOf(other)); // stable
}

/** One place to the left (-1) or to the right (1). */
export function moved(
  arrangement: Arrangement,
  columns: readonly { readonly id: string }[],
  [id, step]: readonly [id: string, step: -1 | 1],
): Arrangement {
  const order = inOrder(columns, arrangement.order).map((column) => column.id);
  const from = order.indexOf(id);
  const to = from + step;
  if (from <= 0 || to <= 0 || to >= order.length) return arrangement; // the boxes stay at the left
  return { ...arrangement, order: order.toSpliced(from, 1).toSpliced(to, 0, id) };
}

export function hidden(arrangement: Arrangement, id: string, isHidden: boolean): Arrangement {
  const others = arrangement.hidden.filter((other) => other !== id);
  return { ...arrangement, hidden: isHidden ? [...others, id] : others };
}

const [leastPx, mostPx] = [48, 900];

/** With one column of another width; null = as it usually is. */
export function widened(arrangement: Arrangement, id: string, px: number | null): Arrangement {
  const others = Object.entries(arrangement.widths).filter(([other]) => other !== id);
  const own = px === null ? [] : [[id, Math.round(Math.min(mostPx, Math.max(leastPx, px)))] as const];
  return { ...arrangement, widths: Object.fromEntries([...others, ...own]) };
}

/** What was kept, by this version or an older one; the usual for anything else. */
export function readArrangement(text: string | null): Arrangement {
  try {
    const kept: unknown = JSON.parse(text ?? "null");
    if (typeof kept !== "object" || kept === null) return usual;
    const { hidden, order, widths }: Partial<Record<keyof Arrangement, unknown>> = kept;
    return { hidden: names(hidden), order: names(order), widths: pixels(widths) };
  } catch {
    return { ...usual, hidden: (text ?? "").split(",") }; // ids with commas, before columns had an order
  }
}

function names(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === "string") : [];
}

function pixels(value: unknown): Readonly<Record<string, number>> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([id, px]: [string, unknown]) =>
      typeof px === "number" && px >= leastPx && px <= mostPx ? [[id, px]] : [],
    ),
  );
}
