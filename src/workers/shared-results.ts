import { isEngineError } from "../base/errors.ts";
import type { Settlement } from "../engine/calls.ts";
import type { CachedResult, ResultCache } from "../engine/result-cache.ts";
import type { ResultPlan } from "../engine/result-plan.ts";
import type { PayloadStore } from "../engine/run-log.ts";
import type { TaskSpec } from "../engine/specs.ts";
import type { Event } from "../events/catalog.ts";
import { decodeValue } from "../events/codec.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import { isElsewhere, type Payload } from "../events/fields.ts";
import { type CacheRule, TaskReused } from "../events/task-events.ts";
import type { Clock } from "./clock.ts";
import { insist } from "./patient-log.ts";
import { planOfCall } from "./plan-of-call.ts";
import type { TaskHint } from "./run-ports.ts";

/** A call whose result may be shared. */
export interface SharedCall {
  readonly run: string;
  readonly key: string;
  readonly rule: CacheRule;
  readonly plan: ResultPlan | null; // what becomes of results of the task
}

/** A result that was there, as the end of the call. */
export interface Reused {
  readonly event: Event<"TaskReused">;
  readonly settlement: Settlement;
}

interface SharedResultsOptions {
  readonly cache: ResultCache;
  readonly worker: string;
  readonly payloads: PayloadStore; // patient
  readonly clock: Clock;
  readonly stop: AbortSignal; // nobody needs an answer any more
  readonly onTrouble: (error: unknown) => void;
}

const firstWaitMs = 10;
const longestWaitMs = 500;
const renewMs = 8_000; // a maker's term is 30 s

/**
 * Looks for results of other calls, and keeps results for them. The cache is a hint: what is lost there is made again,
 * and the log says what a run was given.
 */
export class SharedResults {
  readonly #options: SharedResultsOptions;
  readonly #making = new Map<string, () => void>(); // maker -> stops to renew its term

  constructor(options: SharedResultsOptions) {
    this.#options = options;
  }

  /**
   * The result that stands for one call of a queued task; null = its function is to be called, unless nobody waits for
   * the call any more. Never rejects.
   */
  async before(call: SharedCall, isWanted: () => boolean): Promise<Reused | null> {
    try {
      if (call.rule.isAlone) return await this.findOrMake(call, isWanted);
      return call.rule.refresh ? null : ((await this.find([call]))[0] ?? null);
    } catch (error) {
      this.#options.onTrouble(error);
      return null;
    }
  }

  /** For each call the result that stands for it; null = there is none. One look for all of them. */
  async find(calls: readonly SharedCall[]): Promise<readonly (Reused | null)[]> {
    const found = await this.#insist(async () => this.#options.cache.find(calls.map(({ rule }) => rule.key)));
    const reused: (Reused | null)[] = [];
    // One after the other: large values should not be in memory all at once.
    for (const [index, call] of calls.entries())
      reused.push(await this.#toReused(call, found[index] ?? null));
    return reused;
  }

  /**
   * Waits until there is a result, or this call is the one to make it (null): it must call `keep` or `leave` then.
   * `isWanted` = somebody still waits for the call.
   */
  async findOrMake(call: SharedCall, isWanted: () => boolean): Promise<Reused | null> {
    const { cache, clock, stop } = this.#options;
    const { key } = call.rule;
    let anew = call.rule.refresh;
    const maker = this.#makerOf(call);
    for (
      let waitMs = firstWaitMs;
      isWanted() && !stop.aborted;
      waitMs = Math.min(longestWaitMs, waitMs * 1.5)
    ) {
      const answer = await this.#insist(async () => cache.make(key, maker, anew));
      if (answer.maker === maker) {
        this.#renew(call, maker);
        return null;
      }
      const reused = await this.#toReused(call, answer.found);
      if (reused !== null) return reused;
      anew ||= answer.found !== null; // it is there, and cannot be had
      await new Promise<void>((resolve) => {
        clock.after(waitMs, resolve);
      });
    }
    return null;
  }

  /** Keeps the recorded result of a call for others. Never rejects. */
  keep(call: SharedCall, output: Payload, madeAt: number): Promise<void> {
    const keeping = this.#keep(call, output, madeAt);
    this.#options.cache.expect(call.rule.key, keeping);
    return keeping;
  }

  async #keep(call: SharedCall, output: Payload, madeAt: number): Promise<void> {
    const { cache, payloads } = this.#options;
    const { run, key, rule } = call;
    try {
      const [value] = isElsewhere(output) ? [] : await payloads.get(run, [output]);
      await cache.keep(rule.key, { run, key, madeAt, output }, value ?? null, rule.expiresMs);
    } catch (error) {
      this.#options.onTrouble(error); // only a miss for somebody
    }
    await this.leave(call);
  }

  /** The call makes no result; who waits for it takes its place. */
  async leave(call: SharedCall): Promise<void> {
    const maker = this.#makerOf(call);
    const stopRenewing = this.#making.get(maker);
    if (stopRenewing === undefined) return;
    this.#making.delete(maker);
    stopRenewing();
    try {
      await this.#options.cache.leave(call.rule.key, maker);
    } catch (error) {
      this.#options.onTrouble(error); // its term ends by itself
    }
  }

  /** A result that cannot be had any more is none: it is made again. */
  async #toReused(call: SharedCall, found: CachedResult | null): Promise<Reused | null> {
    if (found === null) return null;
    const { run, key, plan } = call;
    try {
      const what = `The shared result of task ${key}`;
      const held = await this.#load(call, found);
      if (held === null) return null;
      const output = held.payload ?? (await this.#options.payloads.put(run, held.bytes, what, plan));
      const event = TaskReused.make({ key, output, from: "cache", run: found.run, of: found.key });
      return { event, settlement: { ok: true, value: decodeValue(held.bytes, what) } };
    } catch (error) {
      if (isEngineError(error, "PAYLOAD_MISSING") || isEngineError(error, "EVENT_UNREADABLE")) return null;
      throw error;
    }
  }

  /** A value in a place of its own stays there, and every run refers to it. */
  async #load(
    { run, rule }: SharedCall,
    { output }: CachedResult,
  ): Promise<{ readonly bytes: Uint8Array; readonly payload: Payload | null } | null> {
    const { cache, payloads } = this.#options;
    if (isElsewhere(output)) {
      const [bytes] = await payloads.get(run, [output]);
      return bytes === undefined ? null : { bytes, payload: output };
    }
    const bytes = await this.#insist(async () => cache.valueOf(rule.key, output));
    return bytes === null ? null : { bytes, payload: null };
  }

  #makerOf({ run, key }: SharedCall): string {
    return `${this.#options.worker} ${run} ${key}`;
  }

  #renew({ rule }: SharedCall, maker: string): void {
    const { cache, clock, onTrouble } = this.#options;
    const again = (): void => {
      this.#making.set(maker, clock.after(renewMs, again));
      cache.make(rule.key, maker, true).catch(onTrouble);
    };
    this.#making.get(maker)?.(); // taken for dead, it was given the next attempt as well: one renewal for both
    this.#making.set(maker, clock.after(renewMs, again));
  }

  #insist<T>(ask: () => Promise<T>): Promise<T> {
    const { clock, stop, onTrouble } = this.#options;
    return insist(ask, { clock, stop, onTrouble });
  }
}

/** How a queued call shares its result; null = it does not. */
export function sharedCallOf(
  { run, key, flow }: TaskHint,
  spec: TaskSpec,
  { data: { rules, overrides } }: RecordedEvent<"TaskScheduled">,
): SharedCall | null {
  if (rules === null || rules.cache === null) return null;
  return { run, key, rule: rules.cache, plan: planOfCall(spec, flow, overrides) };
}
