import type { Host } from "./host.ts";

/**
 * Calls `stop` at the first Ctrl-C or SIGTERM; the second one ends the process at once. Returns the way to forget it.
 */
export function onInterrupt(stop: (signal: NodeJS.Signals) => void): () => void {
  let isStopping = false;
  const listen = (signal: NodeJS.Signals): void => {
    if (isStopping) process.exit(signal === "SIGINT" ? 130 : 143);
    isStopping = true;
    stop(signal);
  };
  // Each run of this process listens, and stops to at its end: many of them are no leak.
  process.setMaxListeners(Math.max(process.getMaxListeners(), process.listenerCount("SIGINT") + 10));
  process.on("SIGINT", listen);
  process.on("SIGTERM", listen);
  return () => {
    process.off("SIGINT", listen);
    process.off("SIGTERM", listen);
  };
}

/**
 * Ctrl-C cancels a run that people see in front of them: its flow cleans up and ends. SIGTERM comes from machines, which
 * want the process back: the run is handed over.
 */
export function interruptRun(host: Host, run: string, signal: NodeJS.Signals): void {
  if (signal !== "SIGINT" || run === "") return host.leaveAll();
  host.display.note(
    `Cancelling run ${run}. Press Ctrl-C again to end this process at once; then the run can be continued with: ` +
      `npx millrace resume ${run}`,
  );
  host.others.cancelRun(run, "Cancelled by Ctrl-C.").catch((error: unknown) => {
    host.display.trouble(error);
    host.leaveAll();
  });
}
