import { describe, expect, test } from "vitest";
import {
  askedFor,
  describeFinding,
  type Frame,
  foreignWork,
  guiltyFrame,
  isGuardMode,
  isSampled,
  isSynchronous,
  useNow,
} from "../../../src/engine/guard.ts";

const frames = (...files: string[]): Frame[] =>
  files.map((file) => ({ file: file.replace(/^async /, ""), name: "", isAsync: file.startsWith("async ") }));

describe("the type of an asynchronous resource", () => {
  test.each(["PROMISE", "TickObject", "Microtask", "bound-anonymous-fn", "Pool"])(
    "%s is harmless",
    (type) => {
      expect(foreignWork(type)).toBeNull();
    },
  );

  test.each([
    ["Timeout", "E_FOREIGN_ASYNC", "started a timer"],
    ["Immediate", "E_FOREIGN_ASYNC", "called setImmediate()"],
    ["FSREQPROMISE", "E_FOREIGN_ASYNC", "used a file"],
    ["GETADDRINFOREQWRAP", "E_FOREIGN_ASYNC", "looked up a name in DNS"],
    ["TCPCONNECTWRAP", "E_FOREIGN_ASYNC", "used the network"],
    ["PROCESSWRAP", "E_FOREIGN_ASYNC", "started a child process"],
    ["WORKER", "E_FOREIGN_ASYNC", "used a thread"],
    ["HASHREQUEST", "E_FOREIGN_ASYNC", "started work outside of JavaScript (HASHREQUEST)"],
    ["RANDOMBYTESREQUEST", "E_NONDETERMINISTIC", "drew random bytes"],
  ])("%s is %s: it %s", (type, code, what) => {
    expect(foreignWork(type)).toMatchObject({ code, what });
  });
});

describe("whose doing it was", () => {
  const own = "/app/node_modules/millrace/dist/";
  const user = "/app/src/orders.ts";

  test.each([
    ["the caller of Node", ["node:timers", user, "/app/src/main.ts"], 1],
    ["a function in a promise's constructor", ["node:timers", "", user], 2],
    ["the user of a library", ["node:net", "/app/node_modules/pg/client.js", user], 2],
  ])("is found: %s", (_, files, index) => {
    expect(guiltyFrame(frames(...files), own)).toBe(index);
  });

  test.each([
    ["Millrace itself", [`${own}workers/clock.js`, user]],
    ["Millrace's driver", ["node:net", "/app/node_modules/ioredis/redis.js", `${own}redis/commit.js`, user]],
    ["a logger", ["/app/node_modules/pino/lib/time.js", user]],
    ["console", ["node:net", "node:internal/console/constructor", user]],
    ["a copy by structuredClone", ["node:internal/structured_clone", user]],
    [
      "a module that is loaded",
      ["node:internal/fs/promises", "async node:internal/modules/esm/load", `async ${user}`],
    ],
    ["a module's own code", [user, "node:internal/modules/esm/module_job"]],
    ["Node that goes on", ["node:internal/fs/promises", `async ${user}`]],
    ["Node alone", ["node:net", "node:internal/async_hooks"]],
    ["nobody", []],
  ])("is not the user's: %s", (_, files) => {
    expect(guiltyFrame(frames(...files), own)).toBeNull();
  });

  test("a script that waits for its flow in its top level is still flow code", () => {
    expect(guiltyFrame(frames(user, "async node:internal/modules/esm/module_job"), own)).toBe(0);
  });

  test("in a bundle, where Millrace and the user share a file, everything is the user's", () => {
    expect(guiltyFrame(frames("node:timers", "/app/dist/bundle.js"), null)).toBe(1);
  });
});

test("work that Node does at once is told by the name of Node's function alone", () => {
  const named = (name: string, file: string): Frame => ({ file, name, isAsync: false });

  expect(isSynchronous([named("pbkdf2Sync", "node:crypto"), named("hash", "/app/a.ts")])).toBe(true);
  expect(isSynchronous([named("syncBufferWrapper", "node:zlib"), named("zip", "/app/a.ts")])).toBe(true);
  expect(isSynchronous([named("readFile", "node:fs"), named("loadSync", "/app/a.ts")])).toBe(false);
  expect(isSynchronous([named("runAsync", "node:fs")])).toBe(false);
});

test("about one of a hundred runs is sampled, and always the same ones", () => {
  const runs = Array.from({ length: 20_000 }, (_, n) => `01K${n}`);

  const sampled = runs.filter((run) => isSampled(run));

  expect(sampled.length).toBeGreaterThan(140);
  expect(sampled.length).toBeLessThan(260);
  expect(runs.filter((run) => isSampled(run))).toEqual(sampled);
});

test("a finding says where, what, why and what to do", () => {
  expect(describeFinding(askedFor("Date.now()", useNow), "flows/a.ts:3")).toBe(
    "[E_NONDETERMINISTIC] Flow code at flows/a.ts:3 called Date.now(). A replay would get another answer. " +
      "Use now(), or ask in a task.",
  );
  expect(describeFinding(foreignWork("Timeout")!, "flows/a.ts:4", "So be it.")).toBe(
    "[E_FOREIGN_ASYNC] Flow code at flows/a.ts:4 started a timer. It is not recorded, and a replay gets it at " +
      "another time. So be it. Use sleep(), or a timer in a task.",
  );
});

test("a mode is one of four words", () => {
  expect(["off", "sample", "report", "strict"].every(isGuardMode)).toBe(true);
  expect(isGuardMode("on")).toBe(false);
});
