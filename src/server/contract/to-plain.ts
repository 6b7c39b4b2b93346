/**
 * A document of a projection, or a picture of a run, as JSON: a map is the list of its entries, in its order. The
 * browser's own folds and the server's answers become the same text by it.
 */
export function toPlain(value: unknown): unknown {
  if (value instanceof Map) return [...value].map(([key, part]: [unknown, unknown]) => [key, toPlain(part)]);
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]: [string, unknown]) => [name, toPlain(part)]),
  );
}
