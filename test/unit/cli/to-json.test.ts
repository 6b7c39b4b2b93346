import { expect, test } from "vitest";
import { toLine } from "../../../src/cli/to-json.ts";

test.each([
  ["plain values", { a: 1, b: "x", c: null, d: [true] }, '{"a":1,"b":"x","c":null,"d":[true]}'],
  ["nothing", undefined, "null"],
  ["a field without a value", { a: undefined, b: [undefined] }, '{"b":[null]}'],
  ["a date", new Date(0), '"1970-01-01T00:00:00.000Z"'],
  ["a date that is none", new Date(Number.NaN), "null"],
  ["numbers that JSON does not have", [Number.NaN, Infinity, 10n], '["NaN","Infinity","10"]'],
  ["a map with names", new Map([["a", new Set([1])]]), '{"a":[1]}'],
  ["a map with other keys", new Map([[1, "x"]]), '[[1,"x"]]'],
  ["bytes", new Uint8Array([1, 2, 3]), '"AQID"'],
  ["an error", { e: new RangeError("no") }, '{"e":{"name":"RangeError","message":"no"}}'],
])("%s becomes JSON on one line", (_what, value, expected) => {
  expect(toLine(value)).toBe(expected);
});
