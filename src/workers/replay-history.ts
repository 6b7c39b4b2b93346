import { isEngineError } from "../base/errors.ts";
import { describeDivergence, type ReplayDiverged, recordedHashOf } from "../engine/divergence.ts";
import type { History } from "../engine/history.ts";
import { readHistory } from "../engine/read-history.ts";
import type { PayloadStore, RunLog } from "../engine/run-log.ts";
import type { FlowSpec } from "../engine/specs.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import { systemClock } from "./clock.ts";
import { openRun } from "./open-run.ts";
import { recordedInput } from "./recorded-values.ts";
import { repeatTurns } from "./repeat-turns.ts";
import { defaultLimits, type RunPorts } from "./run-ports.ts";

/** A recorded history, wherever it lies. */
export interface GivenHistory {
  readonly run: string;
  readonly name: string; // "" = its first event cannot be read
  readonly flow: string; // "" = its first event cannot be read
  /** @throws EngineError EVENT_UNREADABLE, EVENT_UNKNOWN */
  readonly events: () => Promise<readonly RecordedEvent[]>;
  readonly payloads: Pick<PayloadStore, "get">;
}

/** What stands in the way of a history. */
export interface ReplayProblem {
  readonly code: string; // of the divergence (E_...), or of the error why it cannot be read
  readonly message: string;
  readonly turn: number | null; // that the code does not repeat; null = it cannot be read
  readonly recorded: string | null; // the call of the history, with its place; null = it cannot be read
  readonly actual: string | null; // the call of the code now, with its place; null = it cannot be read
}

/** What came of replaying one history. */
export interface ReplayReport {
  readonly run: string;
  readonly name: string;
  readonly flow: string;
  readonly result: "same" | "diverged" | "unreadable";
  readonly turns: number; // recorded so far; 0 = its code has not run yet
  readonly recordedHash: string | null; // code that took the turn, or the newest turn; null = there is none
  readonly codeHash: string | null; // of the code now; null = the history cannot be read
  readonly problem: ReplayProblem | null; // null = same
}

const foreignMs = 1_000; // flow code that waits for what Millrace does not know is rare, and a divergence waits as long

/**
 * Has the code of the flow repeat a recorded history, as far as it goes. Nothing has an effect: no task runs, no timer
 * is set, nothing is written; code of the flow between its calls runs, as in every replay.
 */
export async function replayHistory(
  specOf: (flow: string) => FlowSpec,
  given: GivenHistory,
): Promise<ReplayReport> {
  const { run, name, flow } = given;
  let seen = {
    run,
    name,
    flow,
    turns: 0,
    recordedHash: null as string | null,
    codeHash: null as string | null,
  };
  try {
    const history = readHistory(await given.events());
    const { data } = history.created;
    const spec = specOf(data.flow);
    const recordedHash = history.turns.at(-1)?.event.data.codeHash ?? null;
    const { turns } = history;
    seen = {
      run,
      name: data.name,
      flow: data.flow,
      turns: turns.length,
      recordedHash,
      codeHash: spec.codeHash,
    };
    const diverged = turns.length === 0 ? null : await repeat(spec, given, history);
    return { ...seen, ...verdictOf(diverged) };
  } catch (error) {
    return { ...seen, result: "unreadable", problem: whyUnreadable(error) };
  }
}

async function repeat(
  spec: FlowSpec,
  { payloads }: GivenHistory,
  history: History,
): Promise<ReplayDiverged | null> {
  const { created, epoch } = history;
  const ports = withoutEffects(payloads);
  const limits = { ...defaultLimits, foreignMs };
  const opened = openRun({
    spec,
    owner: { worker: ports.worker, epoch: epoch + 1 },
    created,
    run: created.run,
    input: await recordedInput(history, spec, ports),
    history,
    ports,
    limits,
    onTrouble: (error) => opened.live.drop(error), // people wait for the answer: it is not asked for again and again
  });
  try {
    return await repeatTurns(opened, history, { spec, ports, limits });
  } finally {
    opened.live.drop(new Error("The replay is over."));
  }
}

/** Whatever would be an effect is a bug, and says so. */
function withoutEffects({ get }: Pick<PayloadStore, "get">): RunPorts {
  const refuse = (): never => {
    throw new Error("A replay without effects was about to have one.");
  };
  const writes = {
    create: refuse,
    commit: refuse,
    append: refuse,
    claim: refuse,
    reopen: refuse,
    leave: refuse,
  };
  const log: RunLog = { ...writes, readAfter: refuse };
  return {
    worker: "replay",
    log,
    payloads: { get, put: refuse },
    clock: systemClock,
    hintTasks: refuse,
    startChild: refuse,
    cancelRun: refuse,
    cancelTasks: refuse,
    newRunId: refuse,
    observe: refuse,
    write: () => undefined,
  };
}

function verdictOf(
  diverged: ReplayDiverged | null,
): Pick<ReplayReport, "result" | "problem"> & Partial<ReplayReport> {
  if (diverged === null) return { result: "same", problem: null };
  const { about, divergence: code, turn } = diverged;
  const { recorded, actual } = about;
  const message = describeDivergence(about).join("\n");
  return {
    result: "diverged",
    recordedHash: recordedHashOf(about),
    problem: { code, message, turn, recorded, actual },
  };
}

const ofTheLog = ["EVENT_UNREADABLE", "EVENT_UNKNOWN", "PAYLOAD_MISSING"] as const;

/** What is not about the history is thrown again. */
function whyUnreadable(error: unknown): ReplayProblem {
  if (!isEngineError(error) || !ofTheLog.some((code) => isEngineError(error, code))) throw error;
  return { code: error.code, message: error.message, turn: null, recorded: null, actual: null };
}
