import { describe, expect, test } from "vitest";
import { EngineError } from "../../../src/base/errors.ts";
import { toCount, toInput } from "../../../src/cli/parameters.ts";

describe("the input of a run", () => {
  test.each([
    [undefined, [], undefined],
    ['{"a":1}', [], { a: 1 }],
    ["[1,2]", [], [1, 2]],
    [undefined, ["a=1", "b=true", "c=null"], { a: 1, b: true, c: null }],
    [undefined, ["ds=2026-04-30", "path=/a b/c", "empty="], { ds: "2026-04-30", path: "/a b/c", empty: "" }],
    [undefined, ['text="7"', "list=[1]", "nested={}"], { text: "7", list: [1], nested: {} }],
    [undefined, ["url=http://x/?a=b"], { url: "http://x/?a=b" }],
    ['{"a":1,"b":2}', ["b=3"], { a: 1, b: 3 }],
  ])("of --input %j and -p %j", (json, parameters, expected) => {
    expect(toInput(json, parameters)).toEqual(expected);
  });

  test.each([
    ["{", []],
    [undefined, ["novalue"]],
    [undefined, ["=1"]],
    ["[1]", ["a=1"]],
    ["null", ["a=1"]],
  ])("refuses --input %j and -p %j", (json, parameters) => {
    expect(() => toInput(json, parameters)).toThrow(EngineError);
  });

  test("keeps a key named __proto__ a key", () => {
    expect(Object.keys(toInput(undefined, ["__proto__=1"]) as object)).toEqual(["__proto__"]);
  });
});

describe("a count", () => {
  test.each(["0", "-1", "1.5", "x", "", "101"])("is not %j", (text) => {
    expect(() => toCount("--limit", 100)(text)).toThrow("--limit must be a whole number from 1 to 100");
  });

  test("is a whole number in its range", () => {
    expect(toCount("--limit", 100)("100")).toBe(100);
  });
});
