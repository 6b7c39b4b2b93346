import { runInNewContext } from "node:vm";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findUnrecordable, fingerprint } from "../../../src/base/recordable.ts";
import { decodeValue, encodeValue } from "../../../src/events/codec.ts";

const text = fc.string({ unit: "grapheme", maxLength: 12 });
const name = text.filter((key) => key !== "__proto__");

/** Every value that may be recorded. */
const { recordable } = fc.letrec<{ recordable: unknown }>((tie) => ({
  recordable: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<unknown>(null, undefined, true, false, Number.NaN, Infinity, -Infinity),
    fc.double(),
    fc.maxSafeInteger(),
    fc.bigInt(),
    fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }),
    text,
    fc.date({ noInvalidDate: true }),
    fc.uint8Array({ maxLength: 40 }),
    fc.tuple(text, fc.constantFrom(Error, TypeError, RangeError)).map(([message, Kind]) => new Kind(message)),
    fc.array(tie("recordable"), { maxLength: 5 }),
    fc.dictionary(name, tie("recordable"), { maxKeys: 5 }),
    fc
      .array(fc.tuple(tie("recordable"), tie("recordable")), { maxLength: 4 })
      .map((entries) => new Map(entries)),
    fc.array(tie("recordable"), { maxLength: 4 }).map((members) => new Set(members)),
  ),
}));

const roundTrip = (value: unknown): unknown => decodeValue(encodeValue(value), "The value");

describe("what can be recorded", () => {
  test("comes back from its bytes as it was", () => {
    fc.assert(
      fc.property(recordable, (value) => {
        expect(findUnrecordable(value)).toBeNull();
        const back = roundTrip(value);
        expect(fingerprint(back, "It")).toBe(fingerprint(value, "It"));
        expect(encodeValue(back)).toEqual(encodeValue(value));
      }),
      { numRuns: 500 },
    );
  });

  test.each<[string, unknown]>([
    ["a Date", new Date(-1)],
    ["the last Date", new Date(8.64e15)],
    [
      "a Map with any keys",
      new Map<unknown, unknown>([
        [{ a: 1 }, undefined],
        [Number.NaN, new Set([1n])],
      ]),
    ],
    ["bytes of a part of a buffer", new Uint8Array([9, 1, 2, 3]).subarray(1)],
    ["undefined in a list and an object", [undefined, { a: undefined }]],
    [
      "names that mean something to JavaScript",
      [{ constructor: 1 }, { toJSON: 2, length: 4, toString: 5, "": 6 }],
    ],
    ["a value that is there twice", (({ twice }) => [twice, twice])({ twice: { a: 1 } })],
    ["a bigint beyond 64 bits", -(2n ** 300n)],
  ])("%s", (_what, value) => {
    expect(findUnrecordable(value)).toBeNull();
    expect(roundTrip(value)).toEqual(value);
  });

  test("-0 comes back as 0, and a Buffer as a Buffer", () => {
    expect(roundTrip(-0)).toBe(0);
    expect(fingerprint(-0, "It")).toBe(fingerprint(0, "It"));
    expect(roundTrip(Buffer.from("ab"))).toEqual(Buffer.from("ab"));
  });

  test("an object without a prototype, or of another realm, is a plain one", () => {
    const foreign: unknown = runInNewContext("({ a: [1] })");
    expect(findUnrecordable(Object.assign(Object.create(null), { a: 1 }))).toBeNull();
    expect(findUnrecordable(foreign)).toBeNull();
  });
});

class Point {
  readonly x = 1;
}
class Dictionary extends Map<string, number> {}
class Bag extends Set<string> {}

const cycle: unknown[] = [];
cycle.push({ again: cycle });

describe("what cannot be recorded", () => {
  test.each<[string, unknown, string, string]>([
    ["a function", { rows: [1, { parse: () => 1 }] }, "$.rows[1].parse", "a function (parse)"],
    ["a function without a name", [() => 1], "$[0]", "a function"],
    ["a symbol", [Symbol("s")], "$[0]", "a symbol"],
    ["an instance of a class", { at: new Point() }, "$.at", "an instance of Point"],
    [
      "an instance of a class without a name",
      {
        at: new (class {
          readonly x = 1;
        })(),
      },
      "$.at",
      "an instance of a class",
    ],
    ["a Map that is more", new Dictionary(), "$", "an instance of Dictionary, which is more than a Map"],
    ["a Set that is more", [new Bag()], "$[0]", "an instance of Bag, which is more than a Set"],
    [
      "a promise in a Map",
      new Map([["later", Promise.resolve()]]),
      '$.get("later")',
      "an instance of Promise",
    ],
    ["a function under a key that is no text", new Map([[1, Point]]), "$.get(key 0)", "a function (Point)"],
    ["a key of a Map", new Map([[Point, 1]]), "$.keys()[0]", "a function (Point)"],
    ["a member of a Set", new Set([1, Point]), "$.values()[1]", "a function (Point)"],
    ["a property with an odd name", { "a b": Point }, '$["a b"]', "a function (Point)"],
    ["a cycle", cycle, "$[0].again", "a cycle: it contains itself"],
    ["an invalid Date", [new Date(Number.NaN)], "$[0]", "an invalid Date"],
    ["half of a surrogate pair", ["\ud800"], "$[0]", "a string with half of a surrogate pair"],
    [
      "half of one in a name",
      { "\ud800": 1 },
      "$",
      "an object with half of a surrogate pair in the name of a property",
    ],
    [
      "a property named __proto__",
      JSON.parse('{"__proto__": 1}'),
      "$",
      "an object with a property named __proto__",
    ],
    [
      "toJSON where the codec would call it",
      { constructor: 1, toJSON: 2 },
      "$",
      "an object with a property named toJSON",
    ],
    ["symbol keys", { [Symbol("s")]: 1 }, "$", "an object with symbol keys"],
    ["other numbers' lists", new Float32Array(1), "$", "an instance of Float32Array"],
  ])("%s", (_what, value, path, why) => {
    expect(findUnrecordable(value)).toEqual({ path, why });
    expect(() => fingerprint(value, "The result of task a#1")).toThrowError(
      expect.objectContaining({
        code: "OUTPUT_UNRECORDABLE",
        message: expect.stringContaining(`${path} is ${why}`),
      }),
    );
  });

  test("nesting deeper than 200 levels", () => {
    let deep: unknown = 1;
    for (let level = 0; level < 200; level += 1) deep = [deep];
    expect(findUnrecordable(deep)).toBeNull();
    expect(findUnrecordable([deep])).toMatchObject({ why: "nested deeper than 200 levels" });
  });

  test("an error of a getter is not ours", () => {
    const hostile = {
      get trap(): never {
        throw new RangeError("gotcha");
      },
    };
    expect(() => findUnrecordable(hostile)).toThrow("gotcha");
    expect(() => fingerprint(hostile, "It")).toThrow("gotcha");
  });
});

describe("fingerprints", () => {
  test("do not depend on the order of properties", () => {
    expect(fingerprint({ a: 1, b: [2] }, "It")).toBe(fingerprint({ b: [2], a: 1 }, "It"));
  });

  test("tell values apart", () => {
    const values: unknown[] = [
      0,
      1,
      "0",
      "",
      null,
      undefined,
      false,
      true,
      0n,
      [],
      {},
      [0],
      [[]],
      new Map(),
      new Set(),
      new Date(0),
    ];
    values.push(
      new Uint8Array(),
      new Error(""),
      new TypeError(""),
      { a: undefined },
      { a: null },
      Number.NaN,
      ["ab", "c"],
      ["a", "bc"],
    );
    expect(new Set(values.map((value) => fingerprint(value, "It"))).size).toBe(values.length);
  });

  test("are part of recorded histories, and must never change", () => {
    const error = Object.assign(new Error("no"), { name: 5 });
    const values: unknown[] = [
      null,
      undefined,
      true,
      1.5,
      7n,
      "text",
      new Date(5),
      new Map([["a", 1]]),
      new Set([2]),
      new Uint8Array([3]),
      error,
      [1, [2]],
      { a: { b: 1 } },
    ];
    expect(values.map((value) => fingerprint(value, "It"))).toMatchInlineSnapshot(`
      [
        4856847034586052,
        7846356670450728,
        8791699332872643,
        967869029519791,
        3833586367744896,
        4337932739670367,
        5626446896422435,
        3610162801568636,
        7098460530843079,
        6878684868298085,
        6690475928142051,
        8351611130321917,
        2074307205588607,
      ]
    `);
  });
});
