import { reviveError } from "../base/recorded-error.ts";
import { ReplayDiverged } from "../engine/divergence.ts";
import type { FinalState } from "../engine/final-state.ts";
import { type Ending, type History, type RecordedCall, readHistory } from "../engine/history.ts";
import { replay } from "../engine/replay.ts";
import type { ClaimAnswer } from "../engine/run-log.ts";
import type { FlowSpec } from "../engine/specs.ts";
import { decodeValue } from "../events/codec.ts";
import { beginCalls } from "./begin-calls.ts";
import type { Leave } from "./live-run.ts";
import { type CheckedInput, checkInput, type OpenedRun, openRun } from "./open-run.ts";
import type { RunLimits, RunPorts } from "./run-ports.ts";

export interface ResumeRun {
  readonly claim: ClaimAnswer; // "ok"
  readonly spec: FlowSpec;
  readonly ports: RunPorts;
  readonly limits: RunLimits;
  readonly onTrouble: (error: unknown) => void;
  readonly onOpen: (opened: OpenedRun) => void; // before the code runs, so that it can be woken and stopped
}

/** Continues a claimed run: repeats its recorded turns, starts what is open, and lives on. */
export async function resumeRun(resume: ResumeRun): Promise<Leave> {
  const { claim, spec, ports, limits, onTrouble } = resume;
  const history = readHistory(claim.events);
  const { created } = history;
  const input = await recordedInput(history, spec, ports);
  const opened = openRun({
    spec,
    owner: claim.owner,
    created,
    run: created.run,
    input,
    history,
    ports,
    limits,
    onTrouble,
  });
  resume.onOpen(opened);
  const problem = await timed(resume, async () => repeat(opened, history, resume));
  if (opened.execution.isDropped) return { how: "lost" }; // given up on the way: what it lacks says nothing
  if (problem !== null) return opened.live.block(problem);

  if (!opened.live.isLeaving) startOpenCalls(opened, history, claim.now);
  return opened.live.drive();
}

/** The clock is only looked at when somebody wants to know. */
async function timed<T>({ ports: { onReplayed }, spec }: ResumeRun, work: () => Promise<T>): Promise<T> {
  if (onReplayed === undefined) return work();
  const startedAt = performance.now();
  const done = await work();
  onReplayed(spec.name, performance.now() - startedAt);
  return done;
}

/** Starts what the flow waits for and nobody has answered. */
function startOpenCalls(opened: OpenedRun, history: History, now: number): void {
  const answered = new Set(history.inbox.map(({ data }) => data.key));
  const calls = opened.execution.openCalls.filter(({ key }) => !answered.has(key));
  const begin = {
    calls,
    recorded: recordedCalls(history),
    attempts: history.attempts,
    how: "again" as const,
    refused: new Map(),
    now,
  };
  beginCalls(opened.work, begin, (fact) => opened.live.note(fact));
}

/** @returns why the history cannot be repeated; null = it was */
async function repeat(
  opened: OpenedRun,
  history: History,
  resume: ResumeRun,
): Promise<ReplayDiverged | null> {
  const { execution, turns, body, info } = opened;
  const { spec, ports, limits } = resume;
  await turns.load([...history.turns.flatMap(({ delivered }) => delivered), ...history.inbox]);
  const ends = history.ending === null ? null : await endOf(history.ending, info.id, ports);
  let waitedMs = 0;
  try {
    turns.isTaking = true;
    await replay({
      execution,
      body,
      turns: history.turns,
      run: info.id,
      flow: spec.name,
      codeHash: spec.codeHash,
      createdAt: history.created.data.createdAt,
      settlementOf: (fact) => turns.settlementOf(fact),
      recordedEnd: () => ends ?? endUnknown,
      waitForForeign: async () => {
        if (waitedMs >= limits.foreignMs) return false;
        waitedMs += foreignStepMs;
        await new Promise<void>((resolve) => {
          ports.clock.after(foreignStepMs, resolve);
        });
        await execution.drain();
        return true;
      },
    });
    return null;
  } catch (error) {
    if (error instanceof ReplayDiverged) return error;
    throw error;
  } finally {
    turns.isTaking = false;
  }
}

const foreignStepMs = 5;
const endUnknown: FinalState = {
  type: "FAILED",
  name: "Unknown",
  message: null,
  output: undefined,
  error: null,
};

async function recordedInput(
  { created, started, turns }: History,
  spec: FlowSpec,
  ports: RunPorts,
): Promise<CheckedInput> {
  const [given] = await ports.payloads.get(created.run, [created.data.input]);
  const raw = decodeValue(given ?? new Uint8Array(), `The parameters of run ${created.run}`);
  if (started === null || turns.length === 0) return checkInput(spec, raw);
  if (started.data.input === null) return { ok: true, value: raw, bytes: null };
  const [bytes] = await ports.payloads.get(created.run, [started.data.input]);
  return {
    ok: true,
    value: decodeValue(bytes ?? new Uint8Array(), `The parameters of run ${created.run}`),
    bytes: null,
  };
}

function recordedCalls({ turns }: History): ReadonlyMap<string, RecordedCall> {
  return new Map(turns.flatMap(({ calls }) => calls.map((call) => [call.data.key, call] as const)));
}

/** How a run ended, as its last event says. */
export async function endOf(
  ending: Ending,
  run: string,
  ports: Pick<RunPorts, "payloads">,
): Promise<FinalState> {
  const nothing = { output: undefined, error: null };
  switch (ending.type) {
    case "RunCompleted": {
      const [bytes] = await ports.payloads.get(run, [ending.data.output]);
      const output = decodeValue(bytes ?? new Uint8Array(), `The result of run ${run}`);
      return { ...nothing, type: "COMPLETED", name: ending.data.name, message: ending.data.message, output };
    }
    case "RunFailed": {
      const { name, message, error } = ending.data;
      return { ...nothing, type: "FAILED", name, message, error: reviveError(error) };
    }
    case "RunCancelled":
      return { ...nothing, type: "CANCELLED", name: ending.data.name, message: ending.data.message };
    case "RunCrashed":
      return {
        ...nothing,
        type: "FAILED",
        name: "Crashed",
        message: ending.data.message,
        error: new Error(ending.data.message),
      };
  }
}
