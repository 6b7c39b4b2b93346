import { type Duration, toMs } from "../base/durations.ts";
import { CallSites } from "./call-site.ts";
import { flowContext } from "./context.ts";

const sites = new CallSites();

/**
 * Sleeps durably, from milliseconds to months: the time is in the log, and a sleeping run costs no memory.
 * In flows only; in a task use an ordinary timer with the task's signal.
 * @throws EngineError COMMAND_REFUSED outside of a flow, OPTION_INVALID
 */
export async function sleep(duration: Duration): Promise<void> {
  const { execution, scope } = flowContext("sleep()");
  const ms = toMs(duration);
  await execution.call(
    { kind: "timer", key: scope.next("sleep"), ms, site: sites.findFor(execution, sleep) },
    scope,
  );
}

/**
 * Sleeps durably until an instant (a Date, or epoch ms); not at all when it is past.
 * @throws EngineError COMMAND_REFUSED outside of a flow, OPTION_INVALID
 */
export async function sleepUntil(instant: Date | number): Promise<void> {
  const { execution, scope } = flowContext("sleepUntil()");
  const at = instant instanceof Date ? instant.getTime() : instant;
  const ms = toMs(Math.max(0, Math.ceil(at - execution.logicalTime)));
  const site = sites.findFor(execution, sleepUntil);
  await execution.call({ kind: "timer", key: scope.next("sleep"), ms, site }, scope);
}
