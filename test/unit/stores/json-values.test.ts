import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findUnrecordable } from "../../../src/base/recordable.ts";
import { decodeValue, encodeValue } from "../../../src/events/codec.ts";
import { fromStored, toStored } from "../../../src/stores/formats.ts";
import { fromJsonText, toJsonText } from "../../../src/stores/json-values.ts";

const leaf = fc.oneof(
  fc.constantFrom(null, undefined, true, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, "$"),
  fc.double({ noNaN: true }).map((value) => value + 0),
  fc.bigInt(),
  fc.string({ unit: "grapheme" }),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array({ maxLength: 9 }),
);
const name = fc.oneof(fc.constantFrom("$", "a", "0", "constructor"), fc.string({ unit: "grapheme-ascii" }));
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    leaf,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(fc.tuple(name, tie("value")), { maxLength: 4 }).map((fields) => Object.fromEntries(fields)),
    fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 3 }).map((pairs) => new Map(pairs)),
    fc.array(tie("value"), { maxLength: 3 }).map((members) => new Set(members)),
  ),
}));

describe("a recordable value as JSON", () => {
  test("comes back as msgpack would give it, whatever it is", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        fc.pre(findUnrecordable(value) === null);
        const bytes = encodeValue(value);

        const back = encodeValue(fromJsonText(toJsonText(decodeValue(bytes, "it"))));

        expect(decodeValue(back, "it")).toEqual(decodeValue(bytes, "it"));
      }),
      { numRuns: 300 },
    );
  });

  test("is plain JSON where JSON has the type", () => {
    expect(toJsonText({ a: [1, "x", null, true], at: new Date(0) })).toBe(
      '{"a":[1,"x",null,true],"at":{"$":["Date","1970-01-01T00:00:00.000Z"]}}',
    );
  });

  test("keeps errors with their codes and causes", () => {
    const error = Object.assign(new TypeError("no", { cause: new Error("why") }), { code: "E1" });

    const back = fromJsonText(toJsonText(error)) as TypeError & { code: string };

    expect([back.name, back.message, back.code, (back.cause as Error).message]).toEqual([
      "TypeError",
      "no",
      "E1",
      "why",
    ]);
  });

  test.each(["{", '{"$":["Sorcery",1]}', '{"$":["Map",1]}'])("that is damaged is unreadable: %s", (text) => {
    expect(() => fromJsonText(text)).toThrow(/no JSON of Millrace/);
  });
});

test("a damaged archive is unreadable", async () => {
  const stored = await toStored("compressed/json", encodeValue([1]), "it");

  expect(decodeValue(await fromStored("compressed/json", stored), "it")).toEqual([1]);
  await expect(fromStored("compressed/json", stored.subarray(0, 9))).rejects.toThrow(/cannot be expanded/);
});
