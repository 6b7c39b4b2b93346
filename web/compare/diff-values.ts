/** One place in which two values differ. */
export interface ValueChange {
  readonly path: string; // "items[3].price"; "" = the whole value
  readonly kind: "added" | "removed" | "changed";
  readonly a: unknown;
  readonly b: unknown;
}

/** Where two values of JSON differ, in the order of the first one; at most `most` places, so that no value stops the page. */
export function diffValues(a: unknown, b: unknown, most = 200): readonly ValueChange[] {
  const found: ValueChange[] = [];
  compare({ path: "", a, b, most, found });
  return found;
}

interface Step {
  readonly path: string;
  readonly a: unknown;
  readonly b: unknown;
  readonly most: number;
  readonly found: ValueChange[];
}

function compare({ path, a, b, most, found }: Step): void {
  if (found.length >= most || Object.is(a, b)) return;
  if (!isBranch(a) || !isBranch(b) || Array.isArray(a) !== Array.isArray(b)) {
    found.push({ path, kind: "changed", a, b });
    return;
  }
  const one = Object.entries(a);
  const other = new Map<string, unknown>(Object.entries(b));
  const inside = (key: string): string =>
    Array.isArray(a) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
  for (const [key, value] of one) {
    if (other.has(key)) compare({ path: inside(key), a: value, b: other.get(key), most, found });
    else if (found.length < most) found.push({ path: inside(key), kind: "removed", a: value, b: undefined });
    other.delete(key);
  }
  for (const [key, value] of other)
    if (found.length < most) found.push({ path: inside(key), kind: "added", a: undefined, b: value });
}

function isBranch(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
