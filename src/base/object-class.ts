/** A plain object, of this realm or of another one. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return true;
  return Object.getPrototypeOf(prototype) === null && className(value) === "Object";
}

/** What an object calls its class; "a class" where it does not say. */
export function className(value: object): string {
  const constructor: unknown = Reflect.get(value, "constructor");
  const name: unknown = typeof constructor === "function" ? constructor.name : "";
  return typeof name === "string" && name !== "" ? name : "a class";
}

/** The names of its properties in order. Objects that one place makes often have them so: then nothing is sorted. */
export function sortedKeys(value: object): readonly string[] {
  const keys = Object.keys(value);
  let before = "";
  for (const key of keys) {
    if (key < before) return keys.sort();
    before = key;
  }
  return keys;
}
