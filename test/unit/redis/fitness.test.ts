import { describe, expect, test } from "vitest";
import { findProblems, refuseUnfit, type ServerFacts } from "../../../src/redis/fitness.ts";

const good: ServerFacts = {
  software: "redis",
  version: "7.0.15",
  evictionPolicy: "noeviction",
  isPersistent: true,
  fsync: "everysec",
  isReplica: false,
  usedBytes: 10,
  limitBytes: 0,
};

describe("a server's fitness", () => {
  test.each([
    ["redis", "7.0.0"],
    ["redis", "8.10.1"],
    ["redis", "10.0.0"],
    ["valkey", "7.2.0"],
    ["valkey", "9.1.2"],
  ] as const)("%s %s is new enough", (software, version) => {
    expect(findProblems({ ...good, software, version })).toEqual([]);
  });

  test.each([
    ["redis", "6.2.14"],
    ["redis", "5.0.0"],
    ["valkey", "7.1.9"],
  ] as const)("%s %s is too old, and refused with what is needed", (software, version) => {
    const findings = findProblems({ ...good, software, version });

    expect(findings).toMatchObject([{ severity: "error", problem: `${software} ${version} is too old.` }]);
    expect(() => refuseUnfit(findings)).toThrow(
      expect.objectContaining({
        code: "REDIS_UNFIT",
        message: expect.stringContaining("Redis 7.0 or Valkey 7.2"),
      }),
    );
  });

  test("errors come before warnings, and all of them are told at once", () => {
    const bad = {
      ...good,
      version: "6.0.0",
      evictionPolicy: "volatile-ttl",
      isReplica: true,
      isPersistent: false,
    };

    const findings = findProblems(bad);

    expect(findings.map(({ severity }) => severity)).toEqual(["error", "error", "error", "warning"]);
    expect(() => refuseUnfit(findings)).toThrow(/too old.*volatile-ttl.*replica/s);
  });

  test.each([
    ["no append-only file", { isPersistent: false }, /append-only file is off/],
    ["no fsync", { fsync: "no" }, /appendfsync is no/],
    ["little room", { usedBytes: 90, limitBytes: 100 }, /90 % full/],
  ])("%s is a warning", (_what, facts, text) => {
    const findings = findProblems({ ...good, ...facts });

    expect(findings).toMatchObject([{ severity: "warning", problem: expect.stringMatching(text) }]);
    expect(() => refuseUnfit(findings)).not.toThrow();
  });

  test("what a managed server does not tell is not held against it", () => {
    expect(findProblems({ ...good, fsync: "unknown", evictionPolicy: "" })).toEqual([]);
  });
});
