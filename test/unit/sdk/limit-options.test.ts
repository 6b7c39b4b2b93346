import { describe, expect, test } from "vitest";
import { task } from "../../../src/index.ts";
import { resolveRules, rulesOf } from "../../../src/sdk/limit-options.ts";

const rulesFor = (options: Parameters<typeof resolveRules>[1], args: readonly unknown[] = []) => {
  const rules = resolveRules("Task t", options);
  return rules === null ? null : rulesOf("Task t", rules, args);
};

describe("the limits of a task", () => {
  test("are a name, a key with a number, what the arguments give, or a list of these", () => {
    const customer = (order: { customer: string }): string => order.customer;
    const concurrency = [
      "plain",
      { key: "stripe", limit: 5 },
      customer,
      { key: customer, limit: 1 },
    ] as const;
    const rateLimit = { key: "stripe", limit: 10, per: "1s" } as const;

    const rules = rulesFor({ concurrency, rateLimit, priority: 3 }, [{ customer: "ann" }]);

    const limits = ["slots//plain", "slots/5/stripe", "slots//ann", "slots/1/ann", "rate/10/1000/stripe"];
    expect(rules).toEqual({ cache: null, priority: 3, limits });
  });

  test("cost nothing where there are none", () => {
    expect(rulesFor({})).toBeNull();
    expect(task("limit_options_plain", async () => 1).spec.rules).toBeNull();
  });

  test("belong to the copy that withOptions() makes, as priority and tags do", () => {
    const plain = task("limit_options_copy", { concurrency: "a", tags: ["old"] }, async () => 1);

    const copy = plain.withOptions({ concurrency: { key: "b", limit: 2 }, priority: 1, tags: ["new"] });

    expect(copy.spec).toMatchObject({
      tags: ["new"],
      rules: { priority: 1, limits: [{ kind: "slots", key: "b", slots: 2 }] },
    });
    expect(plain.spec).toMatchObject({ tags: ["old"], rules: { priority: null } });
  });

  test.each([
    [{ concurrency: { key: "a", limit: 0 } }, /limit must be a whole number from 1 up.*It is 0/],
    [{ concurrency: { key: "a", limit: 1.5 } }, /It is 1.5/],
    [{ concurrency: "" }, /1 to 200 characters/],
    [{ concurrency: "a\nb" }, /control characters/],
    [{ rateLimit: { key: "a", limit: 1, per: 0 } }, /longer than nothing/],
    [{ priority: 0 }, /priority must be a whole number from 1/],
    [{ priority: 2 ** 21 - 1 }, /It is 2097151/],
  ] as const)("%j is refused, with the reason", (options, reason) => {
    expect(() => resolveRules("Task t", options)).toThrow(reason);
    expect(() => resolveRules("Task t", options)).toThrow(/^Task t: /);
  });

  test("a key that the arguments give must be one", () => {
    expect(() => rulesFor({ concurrency: () => "" })).toThrow(/It is ""/);
    expect(() => rulesFor({ concurrency: (() => 7) as unknown as () => string })).toThrow(/It is 7/);
  });
});
