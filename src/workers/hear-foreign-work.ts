import { createHook, executionAsyncResource } from "node:async_hooks";
import { foreignWork } from "../engine/guard.ts";
import { findSite, type Site } from "./find-site.ts";
import type { Watching } from "./flow-watch.ts";

const depth = 48; // clients of services stand on many layers

/** Hears of every asynchronous thing that watched flow code begins; returns the way to stop. */
export function hearForeignWork(find: () => Watching | null): () => void {
  const ticks = new WeakMap<object, Site>(); // Node's streams begin their work in the next tick, where nobody's code is
  const init = (_id: number, type: string, _trigger: number, resource: object): void => {
    if (type === "PROMISE") return; // nearly all of them
    const watch = find()?.watch;
    if (watch === undefined) return;
    const finding = foreignWork(type);
    if ((finding === null && type !== "TickObject") || isOutput(type, resource) || !watch.mayLook()) return;
    const site = findSite(init, depth) ?? ticks.get(executionAsyncResource()) ?? null;
    if (site === null) return;
    if (finding === null) ticks.set(resource, site);
    else watch.started(finding, site);
  };
  const callbacks = { init, trackPromises: false }; // newer releases of Node do not call for promises then
  const hook = createHook(callbacks).enable();
  return () => {
    hook.disable();
  };
}

/** Writing to the terminal repeats itself in a replay, and decides nothing. */
function isOutput(type: string, resource: object): boolean {
  if (type !== "WRITEWRAP" || !("handle" in resource)) return false;
  const { handle } = resource;
  return (
    typeof handle === "object" && handle !== null && "fd" in handle && (handle.fd === 1 || handle.fd === 2)
  );
}
