import { EngineError, type ErrorCode } from "../base/errors.ts";
import type { FinalState } from "../engine/final-state.ts";
import { isEnding } from "../engine/history.ts";
import { isType } from "../events/envelope.ts";
import type { Client } from "./client.ts";
import type { EndWatch } from "./end-watch.ts";
import { runNotFound } from "./find-run.ts";
import { endOf } from "./recorded-values.ts";
import { finalState } from "./run-state.ts";
import { continuedAs } from "./tell-run.ts";

interface End {
  readonly next: string | null; // the run that goes on; null = this was the last one
  readonly state: FinalState;
  readonly isCrashed: boolean;
}

/**
 * Waits for the end of a run, and of those that it goes on as, and gives the result.
 * @throws EngineError as `RunHandle.result` says
 */
export async function resultOf(
  client: Client,
  watch: EndWatch,
  { run, timeoutMs }: { readonly run: string; readonly timeoutMs: number | null },
): Promise<unknown> {
  for (let current = run; ; ) {
    const here = current;
    const { next, state, isCrashed } = await watch.until(
      here,
      async () => endIfEnded(client, here),
      timeoutMs,
    );
    if (next === null) return toResult(here, state, isCrashed);
    current = next;
  }
}

/** null = the run has not ended. */
async function endIfEnded(client: Client, run: string): Promise<End | null> {
  const tail = await client.tail(run);
  const last = tail?.events.at(-1);
  if (tail === null || last === undefined) throw runNotFound(run);
  if (!isEnding(last)) {
    if (tail.open?.isBlocked === true) throw blocked(run);
    return null;
  }
  const goesOn = tail.events.some((event) => isType(event, "RunContinued"));
  const next = goesOn ? await continuedAs(client, { run, last }) : null;
  return { next, state: await endOf(last, run, client), isCrashed: finalState(last)?.type === "CRASHED" };
}

function toResult(run: string, state: FinalState, isCrashed: boolean): unknown {
  if (state.type === "COMPLETED") return state.output;
  const text = `Run ${run} ended: ${state.name}${state.message === null ? "" : `: ${state.message}`}`;
  throw new EngineError(codeOf(state, isCrashed), text, { run, state: state.name }, state.error ?? undefined);
}

function codeOf({ type, name }: FinalState, isCrashed: boolean): ErrorCode {
  if (isCrashed) return "RUN_CRASHED";
  if (type === "CANCELLED") return "RUN_CANCELLED";
  return name === "TimedOut" ? "RUN_TIMED_OUT" : "RUN_FAILED";
}

function blocked(run: string): EngineError {
  const text =
    `Run ${run} is blocked: the code and the history disagree. Nothing is lost. See why: millrace runs get ${run}; ` +
    `when the code fits again: millrace unblock ${run}`;
  return new EngineError("RUN_BLOCKED", text, { run });
}
