import { EngineError } from "./errors.ts";
import { Hash53 } from "./hash.ts";
import { className, isPlain, sortedKeys } from "./object-class.ts";

/** Takes the content of a value, piece by piece; different content gives different pieces. */
export interface ContentSink {
  word(value: number): ContentSink; // 32 bits
  text(value: string): ContentSink;
}

/**
 * What can be recorded: null, undefined, booleans, numbers (NaN and the infinities too), bigints, strings,
 * Date, Map, Set, Uint8Array (a Buffer comes back as one), Error, arrays and plain objects of these.
 * Everything else is refused with the path to the value, because it would come back as something else.
 */
export interface Refusal {
  readonly path: string; // as in `$.rows[3].parse`; `$` is the value itself
  readonly why: string;
}

const maxDepth = 200;

const kinds = {
  nothing: 1,
  flag: 2,
  number: 3,
  bigint: 4,
  text: 5,
  date: 6,
  map: 7,
  set: 8,
  bytes: 9,
  error: 10,
  list: 11,
  object: 12,
};

class Refused extends Error {
  readonly why: string;
  path: string;
  constructor(why: string) {
    super(why);
    this.why = why;
    this.path = "";
  }
}

const float = new DataView(new ArrayBuffer(8));

type Place = string | number;

// The text of a step is made only where something is refused.
const ofItem = (place: Place): string => `[${place}]`;
const ofKey = (place: Place): string => `.keys()[${place}]`;
const ofEntry = (place: Place): string =>
  `.get(${typeof place === "string" ? JSON.stringify(place) : `key ${place}`})`;
const ofMember = (place: Place): string => `.values()[${place}]`;
const ofProperty = (place: Place): string =>
  /^[A-Za-z_$][\w$]*$/.test(String(place)) ? `.${place}` : `[${JSON.stringify(place)}]`;

/** Walks one value; depends on nothing but its content (object keys in sorted order). */
class Walk {
  readonly #open: object[] = []; // from the value down to here; short, so a search is cheaper than a set
  readonly #hash: ContentSink | null;

  constructor(hash: ContentSink | null) {
    this.#hash = hash;
  }

  visit(value: unknown): void {
    switch (typeof value) {
      case "undefined":
        return this.#mark(kinds.nothing, 0);
      case "boolean":
        return this.#mark(kinds.flag, Number(value));
      case "number":
        return this.#number(value);
      case "bigint":
        return this.#text(kinds.bigint, value.toString(36));
      case "string":
        if (!value.isWellFormed()) throw new Refused("a string with half of a surrogate pair");
        return this.#text(kinds.text, value);
      case "object":
        return value === null ? this.#mark(kinds.nothing, 1) : this.#nested(value);
      case "symbol":
        throw new Refused("a symbol");
      case "function":
        throw new Refused(value.name === "" ? "a function" : `a function (${value.name})`);
    }
  }

  #mark(kind: number, detail: number): void {
    this.#hash?.word(kind).word(detail);
  }

  #text(kind: number, text: string): void {
    this.#hash?.word(kind).text(text);
  }

  #number(value: number): void {
    if (this.#hash === null) return;
    float.setFloat64(0, value === 0 ? 0 : value); // -0 comes back as 0
    this.#hash.word(kinds.number).word(float.getInt32(0)).word(float.getInt32(4));
  }

  #nested(value: object): void {
    if (this.#open.includes(value)) throw new Refused("a cycle: it contains itself");
    if (this.#open.length >= maxDepth) throw new Refused(`nested deeper than ${maxDepth} levels`);
    this.#open.push(value);
    this.#content(value);
    this.#open.pop();
  }

  #content(value: object): void {
    if (Array.isArray(value)) return this.#list(value);
    if (value instanceof Date) return this.#date(value);
    if (value instanceof Map) return this.#map(exactly("Map", value));
    if (value instanceof Set) return this.#set(exactly("Set", value));
    if (value instanceof Uint8Array) return this.#bytes(value);
    if (value instanceof Error) return this.#error(value);
    return this.#plain(value);
  }

  #list(list: readonly unknown[]): void {
    this.#mark(kinds.list, list.length);
    for (let index = 0; index < list.length; index += 1) this.#step(list[index], index, ofItem);
  }

  #date(date: Date): void {
    if (Number.isNaN(date.getTime())) throw new Refused("an invalid Date");
    this.#mark(kinds.date, 0);
    this.#number(date.getTime());
  }

  #map(map: ReadonlyMap<unknown, unknown>): void {
    this.#mark(kinds.map, map.size);
    let index = 0;
    for (const [key, entry] of map) {
      this.#step(key, index, ofKey);
      this.#step(entry, typeof key === "string" ? key : index, ofEntry);
      index += 1;
    }
  }

  #set(set: ReadonlySet<unknown>): void {
    this.#mark(kinds.set, set.size);
    let index = 0;
    for (const member of set) this.#step(member, index++, ofMember);
  }

  #bytes(bytes: Uint8Array): void {
    this.#mark(kinds.bytes, bytes.length);
    if (this.#hash !== null) for (const byte of bytes) this.#hash.word(byte);
  }

  #error(error: Error): void {
    const { name, message }: { name: unknown; message: unknown } = error; // anybody may have set them to anything
    this.#text(kinds.error, String(name));
    this.#hash?.text(String(message));
  }

  #plain(value: object): void {
    if (!isPlain(value)) throw new Refused(`an instance of ${className(value)}`);
    if (Object.getOwnPropertySymbols(value).length > 0) throw new Refused("an object with symbol keys");
    const keys = this.#hash === null ? Object.keys(value) : sortedKeys(value);
    this.#mark(kinds.object, keys.length);
    for (const key of keys) this.#property(value, key);
  }

  #property(owner: object, key: string): void {
    if (!key.isWellFormed())
      throw new Refused("an object with half of a surrogate pair in the name of a property");
    if (key === "__proto__") throw new Refused("an object with a property named __proto__");
    // The codec would call it, unless it sees at once that the object is a plain one.
    if (key === "toJSON" && owner.constructor !== Object)
      throw new Refused("an object with a property named toJSON");
    this.#hash?.text(key);
    this.#step(Reflect.get(owner, key), key, ofProperty);
  }

  #step(value: unknown, place: Place, toText: (place: Place) => string): void {
    if (typeof value === "number") return this.#number(value);
    try {
      this.visit(value);
    } catch (error) {
      if (error instanceof Refused) error.path = toText(place) + error.path;
      throw error;
    }
  }
}

/** A subclass would come back as an empty object: the codec knows classes by their constructor. */
function exactly<T extends object>(name: string, value: T): T {
  if (className(value) !== name)
    throw new Refused(`an instance of ${className(value)}, which is more than a ${name}`);
  return value;
}

/** The first thing in `value` that cannot be recorded, or null. O(size). */
export function findUnrecordable(value: unknown): Refusal | null {
  try {
    new Walk(null).visit(value);
    return null;
  } catch (error) {
    if (error instanceof Refused) return { path: `$${error.path}`, why: error.why };
    throw error;
  }
}

/**
 * A 53-bit fingerprint of a recordable value: equal content gives equal numbers, whatever the order of object keys.
 * @throws EngineError OUTPUT_UNRECORDABLE naming `what` and the path to the value that cannot be recorded
 */
export function fingerprint(value: unknown, what: string): number {
  const hash = new Hash53();
  walkContent(value, hash, what);
  return hash.digest();
}

/**
 * Gives the content of a recordable value to `sink`: the same pieces for equal content, whatever the order of keys.
 * @throws EngineError OUTPUT_UNRECORDABLE, as `fingerprint`
 */
export function walkContent(value: unknown, sink: ContentSink, what: string): void {
  try {
    new Walk(sink).visit(value);
  } catch (error) {
    if (error instanceof Refused) throw unrecordable(what, { path: `$${error.path}`, why: error.why });
    throw error;
  }
}

export function unrecordable(what: string, { path, why }: Refusal): EngineError<"OUTPUT_UNRECORDABLE"> {
  return new EngineError(
    "OUTPUT_UNRECORDABLE",
    `${what} cannot be recorded: ${path} is ${why}. Recordable are plain objects, arrays, strings, numbers, ` +
      `booleans, null, undefined, bigint, Date, Map, Set, Uint8Array and Error; return such a value instead.`,
    { what, path, why },
  );
}
