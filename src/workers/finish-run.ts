import { isEnding } from "../engine/history.ts";
import { isAlive } from "../redis/roster.ts";
import type { Host } from "./host.ts";
import { knownFlow } from "./known-code.ts";

/**
 * Does what follows the end of a run that nobody may have done: its process can die between the record of the end and
 * the hooks that hear of it. Safe to do twice, but for hooks: they may be called again.
 */
export async function finishRun(host: Host, run: string): Promise<void> {
  if (host.hooks.isBusyWith(run)) return; // this process is at it
  const info = await host.infos.find(run);
  const hasHooks = info !== null && (knownFlow(info.flow)?.hooks ?? null) !== null;
  if (hasHooks) {
    const ending = (await host.log.readAfter(run, 0)).findLast(isEnding);
    if (ending === undefined) return; // it was opened again
    const recorder = ending.actor.replace(/^\w+:/, "");
    const isMine = recorder === host.worker;
    if (!isMine && (await isAlive(host.redis, host.namespace.name, recorder))) return; // it is at it
    if (!isMine) host.hooks.flowEnds(info, ending);
    await host.hooks.settled(run);
  }
  await host.others.tellOthers(run);
}
