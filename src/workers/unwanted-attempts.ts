import type { AttemptAbort } from "./attempt-abort.ts";
import type { Host } from "./host.ts";

/** Aborts attempts of this process, by run and key, as soon as nobody waits for them any more. */
export async function hearOfUnwanted(host: Host, running: ReadonlyMap<string, AttemptAbort>): Promise<void> {
  await host.onCancelled((run, keys) => {
    for (const key of keys) running.get(`${run} ${key}`)?.abort(new Error("The task was cancelled."));
  });
  const attemptsOf = (run: string): readonly AttemptAbort[] =>
    [...running].flatMap(([id, abort]) => (id.startsWith(`${run} `) ? [abort] : []));
  const end = async (run: string): Promise<void> => {
    if (attemptsOf(run).length === 0 || (await host.beats.isOpen(run))) return; // those that are blocked are told of, too
    for (const abort of attemptsOf(run)) abort.abort(new Error("The run has ended."));
  };
  await host.onEnded((run) => {
    end(run).catch((error: unknown) => host.display.trouble(error)); // its end will be refused
  });
}
