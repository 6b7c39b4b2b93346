import { expect, test } from "vitest";
import { friendlyName, newId } from "../../../src/workers/ids.ts";

test("a friendly name is two words that follow from the id", () => {
  const name = friendlyName("01M808D31CA6XAP8DDMETVDQGV");

  expect(name).toMatch(/^[a-z]+(-[a-z]+)+$/);
  expect(friendlyName("01M808D31CA6XAP8DDMETVDQGV")).toBe(name);
});

test("runs share a name about as seldom as chance allows", () => {
  const runs = 2_000;
  const words = 1_400 * 350; // of the dictionaries, about

  const names = new Set(Array.from({ length: runs }, () => friendlyName(newId())));

  const chance = (runs * (runs - 1)) / 2 / words; // pairs of one name: about 4
  expect(runs - names.size).toBeLessThan(chance * 8);
});
