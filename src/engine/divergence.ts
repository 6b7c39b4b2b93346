import { EngineError } from "../base/errors.ts";
import type { Call } from "./calls.ts";
import type { Fact, RecordedCall, Turn } from "./history.ts";

/** How the code differs from the history. Public, never reused. */
export type DivergenceCode =
  | "E_DIFFERENT_CALL" // another call than the recorded one
  | "E_MISSING_CALL" // a recorded call was not made
  | "E_EXTRA_CALL" // a call was made that is not recorded
  | "E_INPUT" // the same task with other arguments
  | "E_RESULT" // the flow ended with something else
  | "E_EARLY_END" // the flow ended, and the recorded one went on
  | "E_NOT_DONE" // the flow went on, and the recorded one ended
  | "E_STUCK" // the flow waits for nothing that Millrace knows
  | "E_FLAGS"; // the turn was taken under rules that this release does not have

/** What a divergence is about; makes its text. */
export interface DivergencePlace {
  readonly run: string;
  readonly flow: string;
  readonly codeHash: string; // of the code now
  readonly turn: Turn | null; // the turn that could not be repeated; null = after the last one
}

export interface Divergence extends DivergencePlace {
  readonly code: DivergenceCode;
  readonly recorded: string;
  readonly actual: string;
}

/** The error that blocks a run. Its text names both sides, both call sites, both code hashes, and the ways out. */
export class ReplayDiverged extends EngineError<"REPLAY_DIVERGED"> {
  readonly divergence: DivergenceCode;
  readonly turn: number; // 0 = after the last recorded turn
  readonly about: Divergence;

  constructor(divergence: Divergence) {
    const turn = divergence.turn?.event.data.n ?? 0;
    super("REPLAY_DIVERGED", explain(divergence), { divergence: divergence.code, run: divergence.run, turn });
    this.divergence = divergence.code;
    this.turn = turn;
    this.about = divergence;
  }
}

function explain(divergence: Divergence): string {
  const { code, flow, run, actual } = divergence;
  if (code === "E_STUCK") return explainStuck(flow, run, actual);
  const lines = describeDivergence(divergence);
  const why = lines.pop() ?? "";
  return [
    ...lines,
    `${why} The run is blocked; nothing is lost. Choose:`,
    `  - pin: run the recorded code again and continue with "millrace resume ${run}";`,
    `  - change the code so that it makes the recorded calls for this run, then "millrace resume ${run}";`,
    `  - guard the change with patched("..."), so that runs which passed it before keep the old way;`,
    `  - fork: a new run that shares the history before this turn, "millrace fork ${run} --turn ${beforeTurn(divergence)}".`,
  ].join("\n");
}

/** Where it is, both sides, and why they may differ, a line each; not what to do. */
export function describeDivergence(divergence: Divergence): string[] {
  const { code, flow, run, turn, recorded, actual, codeHash } = divergence;
  const where =
    turn === null ? "after its last turn" : `turn ${turn.event.data.n}${lastFact(turn.delivered)}`;
  const recordedHash = recordedHashOf(divergence);
  const why =
    recordedHash === codeHash
      ? "The code of the flow function is the same as when the turn was taken: it depends on something that is not " +
        "recorded (time, chance, the environment, data of another process). Move that into a task."
      : "The code of this flow changed since the turn was taken.";
  return [
    `[${code}] flow "${flow}" run ${run}, ${where}`,
    `  recorded: ${recorded} (code ${recordedHash})`,
    `  code now: ${actual} (code ${codeHash})`,
    `  ${why}`,
  ];
}

/** The version of the code that took the turn. */
export function recordedHashOf({ turn, codeHash }: DivergencePlace): string {
  return turn?.event.data.codeHash ?? codeHash;
}

function beforeTurn({ turn }: Divergence): number {
  return Math.max(0, (turn?.event.data.n ?? 1) - 1);
}

function explainStuck(flow: string, run: string, actual: string): string {
  return [
    `[E_STUCK] flow "${flow}" run ${run} waits for something that Millrace does not know: ${actual}.`,
    `  Nothing will ever wake it: no task, no timer is open. A flow may await tasks, sleep() and other Millrace calls;`,
    `  timers, sockets, files and processes belong in a task. The run is blocked; nothing is lost. Change the code, then`,
    `  "millrace resume ${run}".`,
  ].join("\n");
}

function lastFact(delivered: readonly Fact[]): string {
  const fact = delivered.at(-1);
  if (fact === undefined) return "";
  return `, after ${describeFact(fact)} (event ${fact.position})`;
}

function describeFact(fact: Fact): string {
  switch (fact.type) {
    case "RunCancelRequested":
      return "the run was cancelled";
    case "SignalReceived":
      return `signal ${fact.data.name} came`;
    case "UpdateRequested":
      return `update ${fact.data.name} was asked for`;
    case "ChildEnded":
      return `${fact.data.key} ended ${fact.data.name}`;
    default:
      return `${fact.data.key} ${verbs[fact.type]}`;
  }
}

const verbs = {
  TaskCompleted: "completed",
  TaskFailed: "failed",
  TaskReused: "was in the cache",
  TimerFired: "fired",
  CallReused: "was answered before",
} as const;

export function describeRecorded(call: RecordedCall): string {
  return `${subjectOf(call)}${cause(call.data.after)}${place("site" in call.data ? call.data.site : undefined)}`;
}

function subjectOf(call: RecordedCall): string {
  const { key } = call.data;
  switch (call.type) {
    case "TaskScheduled":
      return `task ${key} input ${shortHash(call.data.fingerprint)}`;
    case "TimerStarted":
      return `timer ${key} of ${call.data.ms} ms`;
    case "SignalAwaited":
      return `wait ${key} for signal ${call.data.name}`;
    case "ChildScheduled":
      return `child ${key} of flow ${call.data.flow} input ${shortHash(call.data.fingerprint)}`;
    case "CallCancelled":
      return `cancellation of ${key}`;
    case "PatchMarked":
      return `patch ${key}`;
    case "UpdateAnswered":
      return `answer to update ${key}`;
  }
}

export function describeCall(call: Call): string {
  return `${wantedBy(call)}${cause(call.after)}${place("site" in call ? call.site : undefined)}`;
}

function wantedBy(call: Call): string {
  const { key } = call;
  switch (call.kind) {
    case "task":
      return `task ${key} input ${shortHash(call.fingerprint)}`;
    case "timer":
      return `timer ${key} of ${call.ms} ms`;
    case "signal":
      return `wait ${key} for signal ${call.name}`;
    case "child":
      return `child ${key} of flow ${call.name} input ${shortHash(call.fingerprint)}`;
    case "cancel":
      return `cancellation of ${key}`;
    case "patch":
      return `patch ${key}`;
    case "answer":
      return `answer to update ${key}`;
  }
}

function place(site: string | null | undefined): string {
  return site === undefined ? "" : ` scheduled at ${site ?? "an unknown place"}`;
}

function cause(after: number): string {
  return after < 0 ? "" : ` after delivery ${after + 1} of the turn`;
}

function shortHash(fingerprint: number): string {
  return fingerprint.toString(36).padStart(11, "0");
}
