import { expect, test } from "vitest";
import type { ResultCache } from "../../../src/engine/result-cache.ts";
import { type SharedCall, SharedResults } from "../../../src/workers/shared-results.ts";
import { HandClock } from "../../support/hand-clock.ts";
import { MemoryCache } from "../../support/memory-cache.ts";
import { MemoryPayloads } from "../../support/memory-payloads.ts";

const rule = { key: "k", expiresMs: null, refresh: false, isAlone: true };
const call: SharedCall = { run: "r1", key: "make#1", rule, plan: null };

function scene() {
  const clock = new HandClock();
  const memory = new MemoryCache({ now: () => clock.now(), isAlive: () => true, lengths: () => new Map() });
  const cache: ResultCache = {
    find: async (keys) => memory.find(keys),
    valueOf: async (key, output) => memory.valueOf(key, output),
    keep: async (...args) => memory.keep(...args),
    make: async (...args) => memory.make(...args),
    leave: async (...args) => memory.leave(...args),
    expect: () => undefined,
  };
  const stop = new AbortController().signal;
  const options = {
    cache,
    worker: "w1",
    payloads: new MemoryPayloads(),
    clock,
    stop,
    onTrouble: () => undefined,
  };
  return { clock, memory, shared: new SharedResults(options) };
}

test("a call that this worker makes twice, as it was taken for dead, ends as a maker once both are over", async () => {
  const { clock, memory, shared } = scene();
  await shared.before(call, () => true);
  await shared.before(call, () => true); // its next attempt came back to the same worker

  await shared.leave(call);
  await shared.leave(call);
  for (let count = 0; count < 3; count += 1) await clock.pass(8_000);

  expect(memory.make("k", "w2 r2 make#1", false)).toEqual({ found: null, maker: "w2 r2 make#1" });
});
