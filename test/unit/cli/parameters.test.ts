import { describe, expect, test } from "vitest";
import { EngineError } from "../../../src/base/errors.ts";
import { toCount, toInput, toPort, toWhole } from "../../../src/cli/parameters.ts";

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

describe("a port", () => {
  test.each(["-1", "65536", "1.5", "http", "", " 80", "0x50"])("is not %j", (text) => {
    expect(() => toPort("--port")(text)).toThrow("--port must be a port from 1 to 65535, or 0");
  });

  test.each([
    ["0", 0],
    ["9465", 9_465],
    ["65535", 65_535],
  ])("is %j", (text, expected) => {
    expect(toPort("--port")(text)).toBe(expected);
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

describe("a whole number", () => {
  test.each([
    ["7", 7],
    ["-12", -12],
    ["0", 0],
  ])("is %j", (text, expected) => {
    expect(toWhole("--at")(text)).toBe(expected);
  });

  test.each(["1.5", "x", "", "1e3", "--1", "9".repeat(16)])("is not %j", (text) => {
    expect(() => toWhole("--at")(text)).toThrow("--at must be a whole number");
  });
});
