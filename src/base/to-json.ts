/**
 * What a recorded value looks like as JSON: dates and byte strings as text, maps as objects when their keys are
 * text, sets as lists, errors by name and message. For reading; it does not come back as it was.
 */
export function toJson(value: unknown): unknown {
  if (typeof value === "object" && value !== null) return objectToJson(value);
  if (typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value)))
    return String(value);
  return value ?? null;
}

function objectToJson(value: object): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value))
    return toBase64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  if (value instanceof Error) return { name: value.name, message: value.message };
  if (value instanceof Map) return mapToJson(value);
  if (Array.isArray(value) || value instanceof Set) return Array.from(value, toJson);
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, part]) => (part === undefined ? [] : [[name, toJson(part)]])),
  );
}

function mapToJson(map: ReadonlyMap<unknown, unknown>): unknown {
  const entries = [...map];
  const isPlain = entries.every(([key]) => typeof key === "string");
  if (isPlain) return Object.fromEntries(entries.map(([key, part]) => [key, toJson(part)]));
  return entries.map((entry) => entry.map(toJson));
}

const chunkBytes = 8_192; // as many arguments as every engine takes

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += chunkBytes)
    text += String.fromCharCode(...bytes.subarray(at, at + chunkBytes));
  return btoa(text);
}
