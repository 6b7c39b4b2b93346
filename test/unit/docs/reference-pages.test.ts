import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { pages } from "../../../scripts/reference-pages.ts";

test.each([...pages])("%s is what the code says; run scripts/reference-pages.ts", (path, make) => {
  const written = readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

  expect(written).toBe(make());
});
