import { expect, test } from "vitest";
import { type LimitAsk, limitId, readLimitText, toLimitText } from "../../../src/engine/limit-asks.ts";

const asks: readonly (readonly [string, LimitAsk])[] = [
  ["slots/5/stripe", { kind: "slots", key: "stripe", slots: 5, perMs: null }],
  ["slots//stripe", { kind: "slots", key: "stripe", slots: null, perMs: null }],
  ["slots/1/7/x/y", { kind: "slots", key: "7/x/y", slots: 1, perMs: null }],
  ["slots//7/x", { kind: "slots", key: "7/x", slots: null, perMs: null }],
  ["rate/10/1000/stripe", { kind: "rate", key: "stripe", slots: 10, perMs: 1_000 }],
  ["rate//10/1000/stripe", { kind: "rate", key: "10/1000/stripe", slots: null, perMs: null }],
];

test.each(asks)("%s is written and read the same, whatever is in its key", (text, ask) => {
  expect(toLimitText(ask)).toBe(text);
  expect(readLimitText(text)).toEqual(ask);
});

test.each(["", "slots", "slots/5/", "rate/10/stripe", "window/1/a"])(
  "%j is no limit of this version",
  (text) => {
    expect(readLimitText(text)).toBeNull();
  },
);

test("slots and a rate of one key are two limits", () => {
  expect([limitId({ kind: "slots", key: "a" }), limitId({ kind: "rate", key: "a" })]).toEqual([
    "slots:a",
    "rate:a",
  ]);
});
