import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { currentFlags, replayFlags, unknownFlags } from "../../../src/engine/flags.ts";
import { Scope } from "../../../src/engine/scope.ts";

describe("keys of calls", () => {
  test("are counted per name", () => {
    const scope = new Scope();
    expect(["a", "b", "a", "a"].map((name) => scope.next(name))).toEqual(["a#1", "b#1", "a#2", "a#3"]);
  });

  test("of a child scope do not depend on its siblings", () => {
    const root = new Scope();
    const [left, right] = [root.child("branch"), root.child("branch")];
    expect([left.next("a"), right.next("a"), left.next("a")]).toEqual([
      "branch#1/a#1",
      "branch#2/a#1",
      "branch#1/a#2",
    ]);
    expect(left.child("inner").path).toBe("branch#1/inner#1/");
  });

  test("that their author names are used once", () => {
    const scope = new Scope();
    expect(scope.named("pay", "order-7")).toBe("pay[order-7]");
    expect(() => scope.named("pay", "order-7")).toThrowError(
      expect.objectContaining({ code: "COMMAND_REFUSED", details: { key: "pay[order-7]" } }),
    );
    expect(new Scope("x#1/").named("pay", "order-7")).toBe("x#1/pay[order-7]");
  });

  test("are different, whatever is called in whatever order", () => {
    const name = fc.stringMatching(/^[a-z ]{1,3}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.boolean()), { maxLength: 50 }), (calls) => {
        let scope = new Scope();
        const keys = calls.map(([text, goesIn]) => {
          if (goesIn) scope = scope.child(text);
          return scope.next(text);
        });
        expect(new Set(keys).size).toBe(keys.length);
      }),
    );
  });

  test("draws are the same in every replay, different otherwise, and must never change", () => {
    const [one, again, child] = [new Scope(), new Scope(), new Scope("a#1/")];
    const draws = [one.draw("r"), one.draw("r"), child.draw("r"), one.draw("other")];
    expect([again.draw("r"), again.draw("r")]).toEqual(draws.slice(0, 2));
    expect(new Set(draws).size).toBe(4);
    expect(draws).toMatchInlineSnapshot(`
      [
        5138318002231149,
        1035444402469843,
        7851619820243055,
        3419267508440945,
      ]
    `);
  });
});

describe("replay flags", () => {
  test("numbers stand in recorded histories, and must never change", () => {
    expect(replayFlags).toEqual({ futuresInArguments: 1 });
    expect(unknownFlags(currentFlags)).toEqual([]);
    expect(unknownFlags([1, 999])).toEqual([999]);
  });
});
