import type { ResultCache } from "../../src/engine/result-cache.ts";
import type { PayloadStore } from "../../src/engine/run-log.ts";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import { matches, show } from "./matches.ts";
import type { CallInput } from "./programs.ts";
import { mayShare, type SharingCall, sharingOf } from "./programs-cache.ts";
import { LogValues } from "./reference-log.ts";
import { SimViolation, type SimWorld } from "./sim-world.ts";

type Step = <T>(label: string, execute: () => Promise<T>) => Promise<T>;

/** The shared results of the world as one process sees them. */
export function simCache({ cache }: SimWorld, step: Step): ResultCache {
  const open = new Map<string, Promise<void>>(); // results that this process is keeping
  return {
    find: async (keys) => {
      await Promise.all(keys.map(async (key) => open.get(key)));
      return step("cache.find", async () => cache.find(keys));
    },
    valueOf: async (key, output) => step("cache.valueOf", async () => cache.valueOf(key, output)),
    keep: async (key, result, value, expiresMs) =>
      step("cache.keep", async () => cache.keep(key, result, value, expiresMs)),
    make: async (key, maker, anew) => step(`cache.make ${maker}`, async () => cache.make(key, maker, anew)),
    leave: async (key, maker) => step(`cache.leave ${maker}`, async () => cache.leave(key, maker)),
    expect: (key, work) => {
      open.set(key, work);
      void work.then(() => {
        if (open.get(key) === work) open.delete(key);
      });
    },
  };
}

type Histories = ReadonlyMap<string, readonly RecordedEvent[]>;
type Scheduled = RecordedEvent<"TaskScheduled">;
type Reused = RecordedEvent<"TaskReused">;

interface Shared extends SharingCall {
  readonly scheduled: Scheduled;
}

/**
 * Every result that stands for a call is the recorded one of an earlier call that may share with it, and had not
 * expired; calls have the same key exactly when they may share. @returns how many results were reused
 */
export async function checkShared(histories: Histories, payloads: PayloadStore): Promise<number> {
  const checker = new SharingChecker(histories, payloads);
  for (const [run, events] of histories) await checker.read(run, events);
  let count = 0;
  for (const events of histories.values()) {
    for (const event of events) {
      if (event.type !== "TaskReused") continue;
      await checker.reused(event);
      count += 1;
    }
  }
  return count;
}

class SharingChecker {
  readonly #histories: Histories;
  readonly #payloads: PayloadStore;
  readonly #calls = new Map<string, Shared>(); // by run and key
  readonly #firsts = new Map<string, Shared>(); // by cache key

  constructor(histories: Histories, payloads: PayloadStore) {
    this.#histories = histories;
    this.#payloads = payloads;
  }

  async read(run: string, events: readonly RecordedEvent[]): Promise<void> {
    const values = new LogValues(events, this.#payloads);
    const [created] = events;
    const flow = created?.type === "RunCreated" ? created.data.flow : "";
    for (const event of events) {
      if (event.type !== "TaskScheduled") continue;
      const { key, name, rules } = event.data;
      const rule = sharingOf(name);
      if (rule === null) check(rules === null, `${key} of ${run} has rules: ${show(rules)}`);
      if (rule === null) continue;
      const args = (await values.value(event.data.input)) as [CallInput, unknown];
      const cache = rules?.cache ?? null;
      const isRight =
        cache?.expiresMs === rule.expiresMs &&
        cache.isAlone === rule.isAlone &&
        cache.refresh === (args[0].isFresh === true);
      check(isRight, `${key} of ${run} shares by ${show(cache)}`);
      this.#add({ task: name, args, run, flow, scheduled: event });
    }
  }

  #add(call: Shared): void {
    const key = keyOf(call.scheduled);
    this.#calls.set(`${call.run} ${call.scheduled.data.key}`, call);
    for (const [other, first] of this.#firsts) {
      const text = `${call.scheduled.data.key} of ${call.run} and ${first.scheduled.data.key} of ${first.run}`;
      check(mayShare(call, first) === (key === other), `${text}: ${key === other ? "one key" : "two keys"}`);
    }
    if (!this.#firsts.has(key)) this.#firsts.set(key, call);
  }

  async reused(event: Reused): Promise<void> {
    const { run, data } = event;
    const what = `${data.key} of ${run}, reused from ${data.of} of ${data.run}`;
    const call = this.#calls.get(`${run} ${data.key}`);
    const maker = this.#calls.get(`${data.run} ${data.of}`);
    check(call !== undefined && maker !== undefined && call !== maker, `${what}: no such calls`);
    if (call === undefined || maker === undefined) return;
    check(keyOf(call.scheduled) === keyOf(maker.scheduled), `${what}: keys differ`);
    check(call.args[0].isFresh !== true, `${what}: it wanted a new result`);
    const made = this.#histories
      .get(data.run)
      ?.find((end) => end.type === "TaskCompleted" && end.data.key === data.of);
    if (made?.type !== "TaskCompleted") throw new SimViolation(`${what}: it never completed`);
    const isEarlier = made.run === run ? made.position < event.position : made.recordedAt <= event.recordedAt;
    check(isEarlier, `${what}: before it was recorded`);
    const { expiresMs } = sharingOf(call.task) ?? { expiresMs: null };
    const isFresh = expiresMs === null || made.recordedAt + expiresMs > call.scheduled.recordedAt;
    check(isFresh, `${what}: it had expired`);
    const mine = await this.#valueOf(event);
    const its = await this.#valueOf(made);
    check(matches(mine, its, new Map()), `${what}: ${show(mine)} instead of ${show(its)}`);
  }

  async #valueOf({ run, data }: Reused | RecordedEvent<"TaskCompleted">): Promise<unknown> {
    return new LogValues(this.#histories.get(run) ?? [], this.#payloads).value(data.output);
  }
}

function keyOf({ data }: Scheduled): string {
  return data.rules?.cache?.key ?? "";
}

function check(condition: boolean, text: string): void {
  if (!condition) throw new SimViolation(text);
}
