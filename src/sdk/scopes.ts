import { type Duration, formatMs, toMs } from "../base/durations.ts";
import { EngineError } from "../base/errors.ts";
import type { Execution } from "../engine/execution.ts";
import { Scope } from "../engine/scope.ts";
import { CallSites } from "./call-site.ts";
import { type FlowContext, flowContext, withContext } from "./context.ts";
import { checkName } from "./task-options.ts";

const sites = new CallSites();

/** Runs `fn` as a part of the flow with names of its own: calls added elsewhere do not shift the keys of its calls. */
export async function branch<T>(name: string, fn: () => T | Promise<T>): Promise<T> {
  checkName("branch", name);
  const where = flowContext("branch()");
  return inScope(where, where.scope.child(name), fn);
}

/** Runs `fn` out of reach of a cancellation from around: for work that must not be left half done. */
export async function shield<T>(fn: () => T | Promise<T>): Promise<T> {
  const where = flowContext("shield()");
  return inScope(where, where.scope.shielded("shield"), fn);
}

/**
 * Runs `fn`, at most for `duration`; then what it waits for is cancelled, and it may clean up. A result that it gives all
 * the same counts.
 * @throws EngineError CALL_TIMED_OUT
 */
export async function withTimeout<T>(duration: Duration, fn: () => T | Promise<T>): Promise<T> {
  const where = flowContext("withTimeout()");
  const { execution, scope } = where;
  const ms = toMs(duration);
  const cancelled = scope.takeCancelled();
  if (cancelled !== null) throw cancelled; // not to be swallowed by a timer that nobody awaits
  const inner = scope.child("timeout");
  const key = `${inner.path}timer`;
  const error = new EngineError("CALL_TIMED_OUT", `It took longer than ${formatMs(ms)}.`, { timeoutMs: ms });
  const state = { isOver: false, hasEnded: false };
  const timer = execution.call(
    { kind: "timer", key, ms, site: sites.findFor(execution, withTimeout) },
    scope,
    true,
  );
  const late = timer.then(async (): Promise<never> => {
    state.isOver = true;
    execution.cancel(inner, error);
    await restOf(execution, inner, () => state.hasEnded);
    throw error;
  }, never); // cancelled with what is around
  try {
    return await Promise.race([inScope(where, inner, fn), late]);
  } finally {
    state.hasEnded = true;
    if (!state.isOver) execution.withdraw(key, "It was not needed any more.");
  }
}

async function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** Resolves when a cancelled part of the flow has ended, or waits for nothing of its own any more. */
async function restOf(execution: Execution, scope: Scope, hasEnded: () => boolean): Promise<void> {
  if (!hasEnded())
    await execution.conditions.wait(() => hasEnded() || !execution.isBusyIn(scope), Scope.apart());
}

type Branches = Readonly<Record<string, () => unknown>>;

/** Which branch was first, and what it gave. */
export type Winner<B extends Branches> = {
  [Name in keyof B]: { readonly winner: Name; readonly value: Awaited<ReturnType<B[Name]>> };
}[keyof B];

/**
 * Runs branches side by side until one has ended, cancels the others and waits for their cleanup. Gives the value of the
 * first one, or its name and value when branches have names. Rejects when the first one fails.
 */
export async function race<T>(branches: readonly (() => T | Promise<T>)[]): Promise<T>;
export async function race<B extends Branches>(branches: B): Promise<Winner<B>>;
export async function race(branches: readonly (() => unknown)[] | Branches): Promise<unknown> {
  const where = flowContext("race()");
  const group = where.scope.child("race");
  const names = Object.keys(branches);
  for (const name of names) checkName("branch", name);
  const fns: readonly (() => unknown)[] = Array.isArray(branches) ? branches : Object.values(branches);
  if (fns.length === 0)
    throw new EngineError("OPTION_INVALID", "race() was given no branches, so that none can be first.");
  const { cancellations } = group;
  const state = { ended: 0 };
  const entrants = fns.map((fn, index) => {
    const scope = group.child(names[index] ?? "");
    const ended = inScope(where, scope, fn).finally(() => {
      state.ended += 1;
    });
    return { scope, ended };
  });
  try {
    const first = await Promise.race(
      entrants.map(async ({ ended }, index) => ({ winner: names[index], value: await ended })),
    );
    return Array.isArray(branches) ? first.value : first;
  } finally {
    // Cancelled from around, every branch knows already: its cleanup must not be cancelled, too.
    if (group.cancellations === cancellations)
      for (const { scope } of entrants) where.execution.cancel(scope, lostRace());
    await restOf(where.execution, group, () => state.ended === entrants.length);
  }
}

function lostRace(): EngineError {
  return new EngineError("CALL_CANCELLED", "Another branch of the race was first.");
}

async function inScope<T>(where: FlowContext, scope: Scope, fn: () => T | Promise<T>): Promise<T> {
  return withContext({ ...where, scope }, async () => fn());
}

/**
 * Waits until `isTrue`, which looks at the flow's own variables: another branch, or a function that answers updates, may
 * change them. Asked after each fact that reaches the flow.
 * @throws EngineError CALL_TIMED_OUT, CALL_CANCELLED
 */
export async function condition(
  isTrue: () => boolean,
  options: { readonly timeout?: Duration } = {},
): Promise<void> {
  const { timeout } = options;
  const wait = async (): Promise<void> => {
    const where = flowContext("condition()");
    const { execution, scope } = where;
    if (!isTrue()) await execution.conditions.wait(() => withContext(where, isTrue), scope);
  };
  await (timeout === undefined ? wait() : withTimeout(timeout, wait));
}
