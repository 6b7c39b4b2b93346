import type { RunOutcome } from "../workers/watch-run.ts";
import { note, out } from "./print.ts";
import { toLine } from "./to-json.ts";

/** Exit codes that no error code has. */
export const exits = {
  ok: 0,
  runFailed: 1,
  different: 1,
  wrongInput: 2,
  givenUp: 3,
  blocked: 4,
  damaged: 4, // documents are not what the log makes of them
  interrupted: 130,
} as const;

export interface Shown {
  readonly run: string;
  readonly name: string;
  readonly flow: string;
}

/** Prints the result to stdout as JSON, or with `isJson` all there is to know; gives the exit code. */
export function printOutcome(outcome: RunOutcome, shown: Shown, isJson: boolean): number {
  const { run, name, flow } = shown;
  if (outcome.how === "left") {
    note(`Run ${run} goes on. Watch it again: millrace events ${run} -f`);
    return exits.interrupted;
  }
  const identity = { id: run, name, flow };
  if (outcome.how === "blocked") {
    const state = { type: "PAUSED", name: "Blocked", message: outcome.message };
    if (isJson) out(toLine({ ...identity, state, result: null, error: null }));
    else note(`Run '${name}' is blocked; nothing is lost. When the code fits again: millrace resume ${run}`);
    return exits.blocked;
  }
  const { type, name: stateName, message, output, error } = outcome.state;
  if (isJson)
    out(toLine({ ...identity, state: { type, name: stateName, message }, result: output ?? null, error }));
  else if (type === "COMPLETED") out(toLine(output));
  return type === "COMPLETED" ? exits.ok : exits.runFailed;
}
