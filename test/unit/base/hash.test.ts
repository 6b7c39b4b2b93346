import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Hash53, hashText } from "../../../src/base/hash.ts";
import { isRunId, shardOf, toBase32, toUlid } from "../../../src/base/ids.ts";

describe("hashes", () => {
  test("are part of recorded histories, and must never change", () => {
    const texts = ["", "a", "b", "extract#1", "01J9Z", "ünïcödé", "\u{1f600}", "x".repeat(1_000)];
    expect(texts.map((text) => hashText(text))).toMatchInlineSnapshot(`
      [
        705232160700765,
        7421248302176495,
        5310441845449322,
        2326037346217610,
        4743307286998879,
        7787034655859018,
        6205169753889316,
        2768876884090559,
      ]
    `);
    expect([hashText("a", 1), new Hash53(3).text("run").text("").digest()]).toMatchInlineSnapshot(`
      [
        3828097425364257,
        7828956874734396,
      ]
    `);
  });

  test("are whole numbers of 53 bits", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer(), (text, seed) => {
        const hash = hashText(text, seed);
        expect(Number.isSafeInteger(hash) && hash >= 0).toBe(true);
      }),
    );
  });

  test("of a million texts are as different as chance allows", () => {
    const hashes = new Set<number>();
    for (let index = 0; index < 200_000; index += 1) hashes.add(hashText(`task#${index}`));
    expect(hashes.size).toBe(200_000);
  });
});

describe("ids", () => {
  test("a ULID sorts by time", () => {
    const random = Uint8Array.from({ length: 10 }, (_, index) => index * 25);
    expect(toUlid(0, random)).toMatch(/^0{10}[0-9A-HJKMNP-TV-Z]{16}$/);
    fc.assert(
      fc.property(
        fc.maxSafeInteger().filter((time) => time >= 0 && time < 2 ** 48 - 1),
        (time) => {
          expect(toUlid(time, random) < toUlid(time + 1, random)).toBe(true);
        },
      ),
    );
  });

  test("base 32 uses each bit of chance once", () => {
    expect(toBase32(Uint8Array.from([0xff, 0xff, 0xff, 0xff, 0xff]), 8)).toBe("ZZZZZZZZ");
    expect(toBase32(Uint8Array.from([0x08, 0x42, 0x10, 0x84, 0x21]), 8)).toBe("11111111");
  });

  test.each([
    ["a", true],
    ["01J-x_y", true],
    ["", false],
    ["-a", false],
    ["a/b", false],
    ["a".repeat(65), false],
  ])("%j as the id of a run: %s", (id, is) => expect(isRunId(id)).toBe(is));

  test("the shard of a run follows from its id alone, and must never change", () => {
    expect(["01J9Z", "run-1", "run-2", "run-3"].map((run) => shardOf(run, 16))).toMatchInlineSnapshot(`
      [
        15,
        10,
        10,
        6,
      ]
    `);
    expect(shardOf("any", 1)).toBe(0);
  });
});
