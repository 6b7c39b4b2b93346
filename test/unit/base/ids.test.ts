import { describe, expect, test } from "vitest";
import { timeOfUlid, toUlid } from "../../../src/base/ids.ts";

describe("the time of a ULID", () => {
  test.each([0, 1, 1_777_550_400_123, 2 ** 48 - 1])("%d is what it was made with", (time) => {
    expect(timeOfUlid(toUlid(time, new Uint8Array(10).fill(255)))).toBe(time);
  });

  test.each(["", "build-1", "81ARZ3NDEKTSV4RRFFQ69G5FAV", "01arz3ndektsv4rrffq69g5fav"])(
    "%j has none",
    (text) => {
      expect(timeOfUlid(text)).toBeNull();
    },
  );
});
