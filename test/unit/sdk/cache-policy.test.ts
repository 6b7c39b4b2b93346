import { describe, expect, test } from "vitest";
import { canonicalBytes } from "../../../src/base/canonical.ts";
import type { CachedCall } from "../../../src/engine/task-cache.ts";
import { resolveCache } from "../../../src/sdk/cache-options.ts";
import {
  type CacheOption,
  FLOW,
  FLOW_PARAMETERS,
  INPUTS,
  materialOf,
  NO_CACHE,
  RUN,
  TASK_SOURCE,
  toPolicy,
} from "../../../src/sdk/cache-policy.ts";

const call: CachedCall = {
  task: "load",
  source: "async () => 1",
  args: ["a", { id: 1, debug: true }],
  run: { id: "r1", name: "brisk-otter", flow: "orders" },
  parameters: { day: "mon", debug: true },
};

function keyOf(option: CacheOption, changes: Partial<CachedCall> = {}): string {
  const policy = toPolicy(option);
  if (policy === null) return "none";
  return Buffer.from(canonicalBytes(materialOf(policy, { ...call, ...changes }), "the key")).toString("hex");
}

/** Whether calls that differ so share a result. */
const shares = (option: CacheOption, changes: Partial<CachedCall>): boolean =>
  keyOf(option) === keyOf(option, changes);

describe("a policy", () => {
  test.each([
    ["INPUTS", INPUTS, { args: ["b", { id: 1, debug: true }] }],
    ["TASK_SOURCE", TASK_SOURCE, { source: "async () => 2" }],
    ["FLOW_PARAMETERS", FLOW_PARAMETERS, { parameters: { day: "tue", debug: true } }],
    ["RUN", RUN, { run: { ...call.run, id: "r2" } }],
    ["FLOW", FLOW, { run: { ...call.run, flow: "bills" } }],
  ])("%s looks at that, and at nothing else", (name, policy, changes) => {
    expect(shares(policy, changes)).toBe(false);
    const others = [INPUTS, TASK_SOURCE, FLOW_PARAMETERS, RUN, FLOW].filter((other) => other !== policy);
    expect(others.map((other) => shares(other, changes))).toEqual(others.map(() => true));
    expect(shares(NO_CACHE.plus(...others), changes), name).toBe(true);
  });

  test("never shares results between tasks of different names", () => {
    expect(shares(INPUTS, { task: "store" })).toBe(false);
    expect(shares(() => "same", { task: "store" })).toBe(false);
  });

  test("adds up, in any order and form", () => {
    const sum = keyOf(INPUTS.plus(TASK_SOURCE, RUN));

    expect(keyOf([RUN, INPUTS, TASK_SOURCE])).toBe(sum);
    expect(keyOf(RUN.plus(INPUTS).plus(TASK_SOURCE, INPUTS))).toBe(sum);
    expect(keyOf([NO_CACHE, RUN.plus(TASK_SOURCE), INPUTS])).toBe(sum);
    expect(keyOf([INPUTS, TASK_SOURCE])).not.toBe(sum);
  });

  test("subtracts an argument by its place, a field by its name, a policy", () => {
    expect(shares(INPUTS.without(0), { args: ["b", { id: 1, debug: true }] })).toBe(true);
    expect(shares(INPUTS.without(0), { args: ["a", { id: 2, debug: true }] })).toBe(false);
    expect(shares(INPUTS.without("debug"), { args: ["a", { id: 1, debug: false }] })).toBe(true);
    expect(shares(INPUTS.without("debug"), { args: ["a", { id: 1 }] })).toBe(true);
    expect(shares(INPUTS.without("debug"), { args: ["a", { id: 2, debug: true }] })).toBe(false);
    expect(shares(FLOW_PARAMETERS.without("debug"), { parameters: { day: "mon" } })).toBe(true);
    expect(keyOf(INPUTS.plus(RUN).without(RUN))).toBe(keyOf(INPUTS));
    expect(toPolicy(RUN.without(RUN))).toBeNull();
  });

  test("of a function is what it returns; a text that could be a field's is none", () => {
    expect(shares(([name]: [string]) => name, { args: ["a", { id: 9 }] })).toBe(true);
    expect(shares(([name]: [string]) => name, { args: ["b", { id: 1 }] })).toBe(false);
    expect(() => keyOf(() => "")).toThrow(/cache key function of task load must return a text/);
  });

  test("does not look at the order of keys, and tells kinds of values apart", () => {
    expect(shares(INPUTS, { args: ["a", { debug: true, id: 1 }] })).toBe(true);
    const values = [
      1,
      "1",
      1n,
      true,
      null,
      undefined,
      [1],
      new Set([1]),
      new Map([[1, 1]]),
      { 1: 1 },
      new Date(1),
    ];
    const keys = values.map((value) => keyOf(INPUTS, { args: [value] }));
    expect(new Set(keys).size).toBe(values.length);
  });
});

describe("options", () => {
  test("without a policy are refused, and NO_CACHE shares nothing", () => {
    expect(() => resolveCache("load", { cacheExpiration: "1h" })).toThrow(/Add the option `cache`/);
    expect(resolveCache("load", { cache: NO_CACHE, cacheExpiration: "1h" })).toBeNull();
    expect(resolveCache("load", {})).toBeNull();
  });

  test("keep results for thirty days unless they say otherwise", () => {
    const days30 = 30 * 24 * 3_600_000;
    const expiries = [undefined, "1h", null] as const;

    const resolved = expiries.map(
      (cacheExpiration) =>
        resolveCache("load", { cache: INPUTS, ...(cacheExpiration === undefined ? {} : { cacheExpiration }) })
          ?.expiresMs,
    );

    expect(resolved).toEqual([days30, 3_600_000, null]);
  });
});
