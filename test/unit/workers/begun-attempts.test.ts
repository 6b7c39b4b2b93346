import { expect, test } from "vitest";
import { BegunAttempts } from "../../../src/workers/begun-attempts.ts";

test("an attempt at work is known, however many have begun and ended since", () => {
  const begun = new BegunAttempts(3);
  begun.add("long");

  for (let index = 0; index < 100; index += 1) {
    begun.add(`short ${index}`);
    begun.end(`short ${index}`);
  }

  expect(begun.has("long")).toBe(true);
});

test("of those that are over, the newest are known", () => {
  const begun = new BegunAttempts(2);

  for (const ticket of ["one", "two", "three"]) {
    begun.add(ticket);
    begun.end(ticket);
  }

  expect(["one", "two", "three"].filter((ticket) => begun.has(ticket))).toEqual(["two", "three"]);
});

test("one that was given back may begin here again", () => {
  const begun = new BegunAttempts();
  begun.add("one");

  begun.forget("one");

  expect(begun.has("one")).toBe(false);
});
