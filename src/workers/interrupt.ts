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
  process.on("SIGINT", listen);
  process.on("SIGTERM", listen);
  return () => {
    process.off("SIGINT", listen);
    process.off("SIGTERM", listen);
  };
}
