import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { catalog } from "../../../src/events/catalog.ts";
import { lookFor } from "../../../src/events/look.ts";
import { TaskCompleted, TaskScheduled } from "../../../src/events/task-events.ts";
import { TurnTaken } from "../../../src/events/turn-events.ts";

const fields = catalog.flatMap(({ type, schema }) =>
  Object.entries((schema as unknown as z.ZodObject).shape).map(([name, field]) => ({
    name: `${type}.${name}`,
    field,
  })),
);

const words = ["cancel", "wait", "abandon", "cache", "msgpack", "COMPLETED", "FAILED", "CANCELLED", ""];
const scalars = [...words, null, undefined, true, Number.NaN, -1, 0, 1, 2 ** 53, 0.5, 7n, Infinity];
const pairs = scalars.flatMap((first) => scalars.map((second) => [first, second]));
const scalar = fc.oneof(
  fc.constantFrom(...scalars),
  fc.string(),
  fc.integer(),
  fc.double(),
  fc.uint8Array({ maxLength: 4 }),
);
const value = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.tuple(fc.string(), fc.nat()),
  fc.tuple(fc.string(), fc.nat(), fc.string()),
  fc.dictionary(fc.string(), scalar, { maxKeys: 2 }),
);

const looks = fields.map(({ name, field }) => ({ name, field, look: lookFor(field) }));

/** The fields whose look accepts a value; their schemas accept it as well, and leave it as it is. */
function acceptedBy(given: unknown): readonly string[] {
  return looks.flatMap(({ name, field, look }) => {
    if (!look(given)) return [];
    expect(z.safeParse(field, given), name).toEqual({ success: true, data: given });
    return [name];
  });
}

describe("a quick look", () => {
  test("accepts nothing that the schema refuses or changes, and knows nearly all fields", () => {
    const accepted = new Set([...scalars, ...pairs].flatMap(acceptedBy));
    expect(accepted.size).toBeGreaterThan(0.9 * fields.length);

    fc.assert(
      fc.property(value, (given) => void acceptedBy(given)),
      { numRuns: 300 },
    );
  });

  test("knows what a history mostly consists of", () => {
    const input = Uint8Array.from([1]);
    const called = { key: "a#1", name: "a", queue: null, input, fingerprint: 2 ** 52, after: -1 };
    const events = [
      TaskScheduled.make({ ...called, site: "f.ts:1", overrides: null, rules: null }),
      TaskCompleted.make({ key: "a#1", attempt: 1, output: input }),
      TaskCompleted.make({ key: "a#1", attempt: 1, output: ["ab", 40_000] }),
      TurnTaken.make({
        n: 1,
        epoch: 1,
        elapsedMs: 0,
        codeHash: "h",
        flags: [1],
        delivered: [-1],
        done: false,
      }),
    ];
    for (const { type, data } of events) {
      const unknown = fields.filter(
        ({ name, field }) =>
          name.startsWith(`${type}.`) && !lookFor(field)(Reflect.get(data, name.split(".")[1]!)),
      );
      expect(unknown.map(({ name }) => name)).toEqual([]);
    }
  });

  test.each<[string, z.ZodType, unknown]>([
    ["a rule for a text", z.string().min(1), "a"],
    ["a format", z.email(), "a@b.org"],
    ["a rule of its own", z.int().refine((number) => number > 1), 2],
    ["a rule for a list", z.array(z.int()).min(1), [1]],
    ["a rule for a limit", z.number().multipleOf(2), 2],
    ["a format of numbers", z.int32(), 2],
    ["a list with a rest", z.tuple([z.int()], z.int()), [1]],
    ["a default", z.int().default(1), 1],
    ["a change", z.string().transform((text) => text.length), "a"],
    ["an object", z.object({ a: z.int() }), { a: 1 }],
  ])("leaves %s to the schema", (_what, schema, given) => {
    expect(schema.safeParse(given).success).toBe(true);
    expect(lookFor(schema)(given)).toBe(false);
  });
});
