import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EngineError, isEngineError } from "../../../src/base/errors.ts";
import { recordError, reviveError, toError } from "../../../src/base/recorded-error.ts";

describe("recorded errors", () => {
  test("keep name, message, stack, code and causes", () => {
    const root = Object.assign(new RangeError("root"), { code: 7 });
    const error = Object.assign(new TypeError("top", { cause: new Error("middle", { cause: root }) }), {
      code: "E_TOP",
    });

    const recorded = recordError(error);
    const revived = reviveError(recorded);

    expect(recorded).toMatchObject({
      name: "TypeError",
      message: "top",
      stack: error.stack,
      code: "E_TOP",
      causes: [
        { name: "Error", message: "middle", code: null },
        { name: "RangeError", message: "root", code: 7 },
      ],
    });
    expect(revived).toBeInstanceOf(TypeError);
    expect(revived).toMatchObject({ message: "top", code: "E_TOP", stack: error.stack });
    expect(revived.cause).toMatchObject({ message: "middle", cause: { message: "root", code: 7 } });
    expect((revived.cause as Error).cause).toBeInstanceOf(RangeError);
    expect(recordError(revived)).toEqual(recorded);
  });

  test("an error of ours comes back as one", () => {
    const revived = reviveError(recordError(new EngineError("TASK_TIMED_OUT", "late")));
    expect(isEngineError(revived, "TASK_TIMED_OUT")).toBe(true);
  });

  test("an error with a name of its own keeps it", () => {
    const error = Object.assign(new Error("no"), { name: "PaymentDeclined" });
    const revived = reviveError(recordError(error));
    expect(revived.name).toBe("PaymentDeclined");
    expect(Object.keys(revived)).toEqual([]);
  });

  test("one that calls itself ours with an unknown code is an error like others", () => {
    const revived = reviveError({
      name: "EngineError",
      message: "x",
      stack: null,
      code: "OF_TOMORROW",
      causes: [],
    });
    expect(isEngineError(revived)).toBe(false);
    expect(revived).toMatchObject({ name: "EngineError", code: "OF_TOMORROW", stack: "EngineError: x" });
  });

  test("keeps at most five causes, and cuts what is too long", () => {
    let error = new Error("0");
    for (let index = 1; index < 10; index += 1) error = new Error(`${index}`, { cause: error });
    const long = new Error("m".repeat(100_000));
    long.stack = "s".repeat(100_000);

    expect(recordError(error).causes.map(({ message }) => message)).toEqual(["8", "7", "6", "5", "4"]);
    expect(recordError(long)).toMatchObject({ message: "m".repeat(32_768), stack: "s".repeat(8_192) });
  });

  test("a cycle of causes ends", () => {
    const error = new Error("self");
    error.cause = error;
    expect(recordError(error).causes).toHaveLength(5);
  });

  test("an error without a stack, and halves of surrogate pairs", () => {
    const error = new Error("half \ud800");
    Reflect.deleteProperty(error, "stack");
    expect(recordError(error)).toMatchObject({ message: "half \ufffd", stack: null });
  });

  test("whatever is thrown becomes data, and nothing throws", () => {
    const hostile: unknown[] = [
      {
        toJSON: () => {
          throw new Error("gotcha");
        },
      },
      Symbol("s"),
      null,
      undefined,
      5n,
      { a: 1n },
    ];
    for (const thrown of hostile)
      expect(recordError(thrown)).toMatchObject({ name: "Error", stack: null, causes: [] });
    expect(recordError({ a: 1 }).message).toBe('A value that is not an Error was thrown: {"a":1}');
    expect(recordError(new Error("x", { cause: "a text" })).causes[0]?.message).toContain("a text");
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        expect(typeof recordError(thrown).message).toBe("string");
      }),
    );
  });

  test("an error stays itself", () => {
    const error = new Error("x");
    expect(toError(error)).toBe(error);
  });
});
