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
