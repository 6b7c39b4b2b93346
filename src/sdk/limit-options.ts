import { type Duration, toMs } from "../base/durations.ts";
import { EngineError } from "../base/errors.ts";
import { toLimitText } from "../engine/limit-asks.ts";
import { invoke, type LimitSpec, type RuleSpec } from "../engine/specs.ts";
import type { TaskRules } from "../events/task-events.ts";

/** Name of a limit, or what makes it of the arguments. */
export type LimitKey<Args extends readonly unknown[]> = string | ((...args: Args) => string);

/** At most `limit` at the same time among all that have the same key, wherever they run. */
export interface ConcurrencyLimit<Args extends readonly unknown[]> {
  readonly key: LimitKey<Args>;
  readonly limit: number; // an operator's wins
}

/** At most `limit` begin in any span of `per` among all that have the same key, wherever they run. */
export interface RateLimit<Args extends readonly unknown[]> {
  readonly key: LimitKey<Args>;
  readonly limit: number; // an operator's wins
  readonly per: Duration;
}

/** A key alone stands for a limit that an operator sets. A list: a slot of each is taken, all at once. */
export type Limits<Args extends readonly unknown[], Limit> =
  | LimitKey<Args>
  | Limit
  | readonly (LimitKey<Args> | Limit)[];

export type Concurrency<Args extends readonly unknown[] = []> = Limits<Args, ConcurrencyLimit<Args>>;
export type Rate<Args extends readonly unknown[] = []> = Limits<Args, RateLimit<Args>>;

/** The options of a task that decide when its attempts may begin. */
export interface RuleOptions<Args extends readonly unknown[]> {
  readonly concurrency?: Concurrency<Args>; // an attempt holds a slot while its function runs
  readonly rateLimit?: Rate<Args>; // an attempt takes a slot, which becomes free by itself
  readonly priority?: number; // 1 = first; default: after all that have one
}

const lowestPriority = 2 ** 21 - 2; // the one below is of those that have none

/** null = none is given. `who` names the task in errors. @throws EngineError OPTION_INVALID */
export function resolveRules(who: string, options: RuleOptions<never[]>): RuleSpec | null {
  const { concurrency = [], rateLimit = [], priority = null } = options;
  if (priority !== null && !(Number.isInteger(priority) && priority >= 1 && priority <= lowestPriority))
    throw invalid(who, `priority must be a whole number from 1 (first) to ${lowestPriority}`, priority);
  const limits = [
    ...listOf(concurrency).map((limit) => resolveLimit(who, "slots", limit)),
    ...listOf(rateLimit).map((limit) => resolveLimit(who, "rate", limit)),
  ];
  return limits.length === 0 && priority === null ? null : { limits, priority };
}

type AnyLimit = LimitKey<never[]> | ConcurrencyLimit<never[]> | RateLimit<never[]>;

function listOf(limits: AnyLimit | readonly AnyLimit[]): readonly AnyLimit[] {
  return isList(limits) ? limits : [limits];
}

function isList(limits: AnyLimit | readonly AnyLimit[]): limits is readonly AnyLimit[] {
  return Array.isArray(limits);
}

function resolveLimit(who: string, kind: LimitSpec["kind"], given: AnyLimit): LimitSpec {
  if (typeof given === "string") return { kind, key: checkKey(who, given), slots: null, perMs: null };
  if (typeof given === "function") return { kind, key: given, slots: null, perMs: null };
  const { key, limit } = given;
  if (!Number.isInteger(limit) || limit < 1)
    throw invalid(who, "a limit must be a whole number from 1 up", limit);
  const perMs = "per" in given ? toMs(given.per) : null;
  if (kind === "rate" && !(perMs !== null && perMs > 0))
    throw invalid(who, "`per` of a rate limit must be longer than nothing", perMs);
  return { kind, key: typeof key === "string" ? checkKey(who, key) : key, slots: limit, perMs };
}

/** What a call asks for, as it is recorded. @throws EngineError OPTION_INVALID when a key cannot be one */
export function rulesOf(who: string, { limits, priority }: RuleSpec, args: readonly unknown[]): TaskRules {
  return { cache: null, priority, limits: limitsOf(who, limits, args) };
}

export function limitsOf(
  who: string,
  limits: readonly LimitSpec[],
  args: readonly unknown[],
): readonly string[] {
  return limits.map((limit) => {
    const key = typeof limit.key === "string" ? limit.key : checkKey(who, invoke(limit.key, args));
    return toLimitText({ ...limit, key });
  });
}

const keyForm = /^[^\p{Cc}]{1,200}$/u;

function checkKey(who: string, key: unknown): string {
  if (typeof key === "string" && keyForm.test(key)) return key;
  throw invalid(who, "the key of a limit must be 1 to 200 characters, none of them control characters", key);
}

function invalid(who: string, wanted: string, given: unknown): EngineError {
  return new EngineError("OPTION_INVALID", `${who}: ${wanted}. It is ${JSON.stringify(given)}.`, { who });
}
