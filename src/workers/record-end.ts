import { isEngineError } from "../base/errors.ts";
import { recordError, reviveError } from "../base/recorded-error.ts";
import { type FinalState, stateOfError } from "../engine/final-state.ts";
import { nextDelayMs, type RetryPolicy } from "../engine/retry-policy.ts";
import type { Event } from "../events/catalog.ts";
import { decodeValue, encodeValue } from "../events/codec.ts";
import {
  RunAttemptFailed,
  RunCancelled,
  RunCompleted,
  RunContinued,
  RunFailed,
} from "../events/run-events.ts";
import type { Clock } from "./clock.ts";
import type { DecisionTarget } from "./record-decision.ts";

/** The end of an attempt of a flow. */
export interface RecordedEnd {
  readonly events: readonly Event[];
  readonly state: FinalState | null; // as a reader of the log will see it; null = the flow begins again
  readonly retryInMs: number | null; // null = it does not
  readonly next: string | null; // the run that carries it on; null = none
}

interface Attempt {
  readonly retry: RetryPolicy;
  readonly attempt: number; // 1 = first try
  readonly isCancelled: boolean; // somebody wanted the run to end: it is not begun again
  readonly clock: Clock;
}

/** The last events of a run, or of an attempt that another one follows. */
export async function recordEnd(
  state: FinalState,
  target: DecisionTarget,
  about: Attempt,
): Promise<RecordedEnd> {
  const { retry, attempt, clock } = about;
  const retryInMs = await decideRetry(state, about);
  if (retryInMs !== null) {
    const error = recordError(state.error);
    const { maxAttempts } = retry;
    const failed = RunAttemptFailed.make({ attempt, maxAttempts, error, retryAt: clock.now() + retryInMs });
    return { events: [failed], state: null, retryInMs, next: null };
  }
  if (state.continueWith === undefined) {
    const { ending, final } = await recordEnding(state, target);
    return { events: [ending], state: final, retryInMs: null, next: null };
  }
  const next = target.newRunId();
  const input = await target.payloads.put(
    next,
    encodeValue(state.continueWith.input),
    "The parameters of the next run",
    null,
  );
  const { ending, final } = await recordEnding({ ...state, output: undefined }, target);
  return {
    events: [RunContinued.make({ run: next, input }), ending],
    state: { ...final, next },
    retryInMs: null,
    next,
  };
}

async function decideRetry(
  { type, error }: FinalState,
  { retry, attempt, clock, isCancelled }: Attempt,
): Promise<number | null> {
  if (type !== "FAILED" || error === null || isCancelled || attempt >= retry.maxAttempts) return null;
  try {
    return await nextDelayMs(retry, { error, attempt }, clock.chance());
  } catch {
    return null; // the user's delay function threw; the flow's own error is what matters
  }
}

/** The last event of a run, and its state as a reader of the log will see it. */
async function recordEnding(
  state: FinalState,
  target: DecisionTarget,
): Promise<{ readonly ending: Event; readonly final: FinalState }> {
  const { name, message } = state;
  if (state.type === "CANCELLED") return { ending: RunCancelled.make({ name, message }), final: state };
  if (state.type === "FAILED") {
    const error = recordError(state.error);
    return {
      ending: RunFailed.make({ error, name, message }),
      final: { ...state, error: reviveError(error) },
    };
  }
  try {
    const bytes = encodeValue(state.output);
    const output = await target.payloads.put(target.run, bytes, "The result of the flow", target.results);
    const final = { ...state, output: decodeValue(bytes, "The result of the flow") };
    return { ending: RunCompleted.make({ output, name, message }), final };
  } catch (error) {
    if (!isEngineError(error, "PAYLOAD_TOO_LARGE")) throw error;
    return recordEnding(stateOfError(error), target);
  }
}
