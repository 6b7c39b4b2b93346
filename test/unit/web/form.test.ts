import { describe, expect, test } from "vitest";
import { z } from "zod";
import { diffValues } from "../../../web/compare/diff-values.ts";
import { noOptions, toCli, toCurl, toStart } from "../../../web/flows/start-command.ts";
import { type FormField, toForm } from "../../../web/form/form-field.ts";
import { initialValue, optionOf, toPath, withField } from "../../../web/form/form-value.ts";

/** The fields of a form made of a zod schema, as workers tell of it. */
function fieldsOf(shape: z.ZodRawShape): ReadonlyMap<string, FormField> {
  const form = toForm(z.toJSONSchema(z.object(shape), { io: "input" }) as Record<string, unknown>);
  if (form.kind !== "object") throw new Error(`not an object: ${form.kind}`);
  return new Map(form.fields.map((field) => [field.name, field]));
}

describe("a form of a schema", () => {
  test.each([
    ["text", z.string(), { kind: "text", format: "text", isRequired: true }],
    ["a day", z.iso.date(), { kind: "text", format: "date" }],
    ["an instant", z.iso.datetime(), { kind: "text", format: "datetime-local" }],
    ["mail", z.email(), { kind: "text", format: "email" }],
    ["an address", z.url(), { kind: "text", format: "url" }],
    ["a long text", z.string().max(4_000), { kind: "text", format: "long", maxLength: 4_000 }],
    ["a whole number", z.int().min(1).max(9), { kind: "number", isInteger: true, least: 1, most: 9 }],
    ["any whole number", z.int(), { kind: "number", isInteger: true, least: null, most: null }],
    ["a number", z.number(), { kind: "number", isInteger: false }],
    ["yes or no", z.boolean(), { kind: "boolean" }],
    ["one of several", z.enum(["a", "b"]), { kind: "choice", choices: ["a", "b"] }],
    [
      "one of several literals",
      z.union([z.literal(1), z.literal("x")]),
      { kind: "choice", choices: [1, "x"] },
    ],
    ["a list", z.array(z.string()), { kind: "list", item: { kind: "text" } }],
    ["a part", z.object({ a: z.string() }), { kind: "object", fields: [{ name: "a", kind: "text" }] }],
    [
      "one thing or another",
      z.union([z.string(), z.number()]),
      { kind: "oneOf", options: [{ kind: "text" }, { kind: "number" }] },
    ],
    ["a thing or nothing", z.string().nullable(), { kind: "text", isNullable: true }],
    ["what may be left out", z.string().optional(), { kind: "text", isRequired: false }],
    ["what has a default", z.number().default(7), { kind: "number", isRequired: false, initial: 7 }],
    ["what is described", z.string().describe("the day"), { about: "the day" }],
    ["a record", z.record(z.string(), z.number()), { kind: "json" }],
    ["anything", z.unknown(), { kind: "json" }],
  ])("has a control for %s", (_what, schema, expected) => {
    expect(fieldsOf({ field: schema }).get("field")).toMatchObject(expected);
  });

  test("tells the options of a union by their constants", () => {
    const field = fieldsOf({
      to: z.discriminatedUnion("kind", [
        z.object({ kind: z.literal("file"), path: z.string() }),
        z.object({ kind: z.literal("table"), table: z.string() }),
      ]),
    }).get("to");
    if (field?.kind !== "oneOf") throw new Error("no union");

    expect(field.options.map(({ title }) => title)).toEqual(["file", "table"]);
    expect(optionOf(field, { kind: "table", table: "t" })).toBe(1);
    expect(initialValue({ ...field.options[1]!, isRequired: true })).toEqual({ kind: "table" });
  });

  test("follows references, and ends where a schema contains itself", () => {
    const form = toForm({
      $ref: "#/$defs/node",
      $defs: {
        node: { type: "object", properties: { next: { $ref: "#/$defs/node" }, name: { type: "string" } } },
      },
    });

    expect(JSON.stringify(form)).toContain('"kind":"json"');
  });

  test("allOf is one object", () => {
    const form = toForm({
      allOf: [
        { type: "object", properties: { a: { type: "string" } }, required: ["a"] },
        { type: "object", properties: { b: { type: "integer" } } },
      ],
    });

    expect(form).toMatchObject({ kind: "object", fields: [{ name: "a", isRequired: true }, { name: "b" }] });
  });
});

describe("the value of a form", () => {
  test("begins with defaults and what cannot be left out", () => {
    const form = toForm(
      z.toJSONSchema(
        z.object({
          day: z.string().default("2026-04-30"),
          tags: z.array(z.string()),
          isDry: z.boolean(),
          note: z.string().optional(),
          only: z.literal("v1"),
        }),
        { io: "input" },
      ) as Record<string, unknown>,
    );

    expect(initialValue(form)).toEqual({ day: "2026-04-30", tags: [], isDry: false, only: "v1" });
  });

  test("loses a field that is emptied", () => {
    expect(withField({ a: 1, b: 2 }, "a", undefined)).toEqual({ b: 2 });
    expect(withField(null, "a", 3)).toEqual({ a: 3 });
  });

  test.each([
    ["/input/tags/0", "tags.0"],
    ["input.limit", "limit"],
    ["body.input", ""],
    ["limit", "limit"],
    ["inputs.a", "inputs.a"],
  ])("a problem at %s belongs to %s", (path, field) => expect(toPath(path)).toBe(field));
});

describe("the same start as a command", () => {
  const input = { note: "it's $HOME; `rm`" };
  const options = { ...noOptions, name: "n", tags: ["a b"], key: "k", startAt: 0 };

  test("says all that was said, and nothing that was not", () => {
    expect(toStart("etl", undefined, noOptions)).toEqual({ flow: "etl" });
    expect(toStart("etl", input, options)).toEqual({
      flow: "etl",
      input,
      name: "n",
      tags: ["a b"],
      idempotencyKey: "k",
      startAt: 0,
    });
  });

  test("is safe to paste", () => {
    const quote = String.raw`'\''`;

    expect(toCli("etl", input, options)).toBe(
      `millrace start etl --input '{"note":"it${quote}s $HOME; \`rm\`"}' --name n --tag 'a b' --key k --at 1970-01-01T00:00:00.000Z`,
    );
    expect(toCurl("http://h:1/", { flow: "a'b" })).toContain(`-d '{"flow":"a${quote}b"}'`);
  });
});

describe("the difference of two values", () => {
  test("names every place", () => {
    const a = { total: 12, items: [{ price: 1 }, { price: 2 }], gone: true };
    const b = { total: 14, items: [{ price: 1 }, { price: 3 }, { price: 4 }] };

    expect(diffValues(a, b).map(({ path, kind }) => `${kind} ${path}`)).toEqual([
      "changed total",
      "changed items[1].price",
      "added items[2]",
      "removed gone",
    ]);
  });

  test("is nothing for the same, the whole for other kinds, and never endless", () => {
    expect(diffValues({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toEqual([]);
    expect(diffValues([1], { 0: 1 })).toMatchObject([{ path: "", kind: "changed" }]);
    expect(
      diffValues(
        Array.from({ length: 5_000 }, () => 0),
        Array.from({ length: 5_000 }, () => 1),
      ),
    ).toHaveLength(200);
  });
});
