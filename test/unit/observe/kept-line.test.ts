import { expect, test } from "vitest";
import { packLine, unpackLine } from "../../../src/observe/kept-line.ts";
import type { RunLine } from "../../../src/observe/run-line.ts";

const line: RunLine = {
  time: 1_777_000_000_000,
  level: "warn",
  task: "extract#1",
  attempt: 2,
  after: null,
  message: "slow",
  fields: { rows: 3, from: { path: "/tmp/x" } },
};
const by = { worker: "w1", n: 7 };
const kept = (changes: Partial<RunLine>) => unpackLine(packLine({ ...line, ...changes }, by));

test("a line comes back as it was, with its writer", () => {
  expect(kept({})).toEqual({ ...line, ...by });
  expect(kept({ task: null, attempt: 0, after: 12 })).toMatchObject({ task: null, attempt: 0, after: 12 });
});

test("a long message and long fields are cut, and say so", () => {
  const message = "x".repeat(4_000);
  const fields = { text: "y".repeat(5_000), list: Array.from({ length: 3_000 }, () => 1), last: 1 };

  const short = kept({ message });
  const long = kept({ message: `${message}123`, fields });

  expect(short?.message).toBe(message);
  expect(long?.message).toBe(`${message} … (3 characters were cut)`);
  expect(long?.fields["text"]).toBe(`${"y".repeat(4_000)} … (1000 characters were cut)`);
  expect(long?.fields["list"]).toMatch(/^\[1,1.* … \(\d+ characters were cut\)$/);
  expect(long?.fields["last"]).toBe(1);
});

test("a line stays small whatever it holds", () => {
  const many = Object.fromEntries(
    Array.from({ length: 5_000 }, (_, index) => [`${"n".repeat(500)}${index}`, "v".repeat(1_000)]),
  );

  expect(packLine({ ...line, message: "m".repeat(1e6), fields: many }, by).length).toBeLessThan(30_000);
});

test("errors, cycles, big integers, maps and functions do no harm", () => {
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  const throws = {
    toJSON() {
      throw new Error("no");
    },
  };
  const error = Object.assign(new TypeError("bad"), { code: "E1" });

  const fields = kept({
    fields: { error, cycle, big: 10n, map: new Map([["a", 1]]), set: new Set([1]), fn: () => 1, throws },
  })?.fields;

  expect(fields).toMatchObject({ big: "10", map: { a: 1 }, set: [1] });
  expect(fields?.["error"]).toMatchObject({ type: "TypeError", message: "bad", code: "E1" });
  expect(fields?.["cycle"]).toMatch(/^\(not shown: /);
  expect(fields?.["throws"]).toBe("(not shown: no)");
  expect(fields).not.toHaveProperty("fn");
});

test.each(["", "x", "[]", "{}", '{"t":1,"l":"loud","a":0,"w":"","n":1,"m":""}'])("%s is no line", (text) => {
  expect(unpackLine(text)).toBeNull();
});
