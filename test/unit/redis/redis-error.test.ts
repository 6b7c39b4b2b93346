import { describe, expect, test } from "vitest";
import { EngineError } from "../../../src/base/errors.ts";
import { toEngineError } from "../../../src/redis/redis-error.ts";

describe("an error of the driver", () => {
  test.each([
    ["OOM command not allowed when used memory > 'maxmemory'.", "REDIS_OUT_OF_MEMORY"],
    ["READONLY You can't write against a read only replica. script: 1f2e", "REDIS_READ_ONLY"],
    [
      "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist",
      "REDIS_READ_ONLY",
    ],
    ["NOREPLICAS Not enough good replicas to write.", "REDIS_READ_ONLY"],
    ["NOAUTH Authentication required.", "REDIS_UNAVAILABLE"],
    ["WRONGPASS invalid username-password pair or user is disabled.", "REDIS_UNAVAILABLE"],
    ["NOPERM User x has no permissions to run the 'evalsha' command", "REDIS_UNAVAILABLE"],
    ["connect ECONNREFUSED 127.0.0.1:6379", "REDIS_UNAVAILABLE"],
    ["connect ENOENT /tmp/r.sock", "REDIS_UNAVAILABLE"],
    ["Connection is closed.", "REDIS_UNAVAILABLE"],
    ["Reached the max retries per request limit (which is 20).", "REDIS_UNAVAILABLE"],
    ["LOADING Redis is loading the dataset in memory", "REDIS_UNAVAILABLE"],
    ["BUSY Redis is busy running a script. You can only call SCRIPT KILL", "REDIS_UNAVAILABLE"],
    ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", "REDIS_UNAVAILABLE"],
    ["CLUSTERDOWN Hash slot not served", "REDIS_UNAVAILABLE"],
    ["TRYAGAIN Multiple keys request during rehashing of slot", "REDIS_UNAVAILABLE"],
    ["Too many Cluster redirections. Last error: Error: Connection is closed.", "REDIS_UNAVAILABLE"],
    ["Failed to refresh slots cache.", "REDIS_UNAVAILABLE"],
    ["All sentinels are unreachable and retry is disabled.", "REDIS_UNAVAILABLE"],
  ])("%s", (text, code) => {
    const cause = new Error(text);

    const error = toEngineError(cause);

    expect(error).toMatchObject({ code, cause, message: expect.stringContaining(text) });
  });

  test.each(["WRONGTYPE Operation against a key holding the wrong kind of value", "ERR syntax error"])(
    "passes through when it is a fault of ours: %s",
    (text) => {
      const cause = new Error(text);

      expect(toEngineError(cause)).toBe(cause);
    },
  );

  test("passes through when it is ours already, or no error at all", () => {
    const ours = new EngineError("REDIS_UNFIT", "READONLY in the text");

    expect(toEngineError(ours)).toBe(ours);
    expect(toEngineError("READONLY")).toBe("READONLY");
  });
});
