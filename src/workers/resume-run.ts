import type { WaitingCall } from "../engine/calls.ts";
import { type History, isKeyed, isWait, type RecordedWait } from "../engine/history.ts";
import type { ClaimAnswer } from "../engine/run-log.ts";
import type { FlowSpec } from "../engine/specs.ts";
import { beginCalls } from "./begin-calls.ts";
import type { Life } from "./live-run.ts";
import { type OpenedRun, openRun } from "./open-run.ts";
import { recordedInput } from "./recorded-values.ts";
import { repeatTurns } from "./repeat-turns.ts";
import type { RunLimits, RunPorts } from "./run-ports.ts";

export interface ResumeRun {
  readonly claim: Pick<ClaimAnswer, "owner" | "now">; // "ok"
  readonly history: History; // of the claim
  readonly spec: FlowSpec;
  readonly ports: RunPorts;
  readonly limits: RunLimits;
  readonly onTrouble: (error: unknown) => void;
  readonly onOpen: (opened: OpenedRun) => void; // before the code runs, so that it can be woken and stopped
}

/** Continues a claimed run: repeats its recorded turns, starts what is open, and lives on. */
export async function resumeRun(resume: ResumeRun): Promise<Life> {
  const { claim, history, spec, ports, limits, onTrouble } = resume;
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
  const problem = await timed(resume, async () => repeatTurns(opened, history, resume));
  if (opened.execution.isDropped) return { how: "lost" }; // given up on the way: what it lacks says nothing
  if (problem !== null) return opened.live.block(problem).finally(() => opened.live.drop(problem));

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
  const answered = new Set(history.inbox.flatMap((fact) => (isKeyed(fact) ? [fact.data.key] : [])));
  const calls = opened.execution.openCalls.filter(({ key }) => !answered.has(key));
  const begin = {
    calls,
    recorded: recordedWaits(history, new Set(calls.map(({ key }) => key))),
    attempts: history.attempts,
    how: "again" as const,
    refused: new Map(),
    keptFor: (call: WaitingCall) => opened.turns.keptFor(call),
    now,
  };
  const { work, children, live } = opened;
  children.cancelForsaken();
  beginCalls({ work, children, onFact: (fact) => live.note(fact) }, begin);
}

/** The calls of these keys as they were recorded; what is still open was mostly called last. */
function recordedWaits({ turns }: History, keys: ReadonlySet<string>): ReadonlyMap<string, RecordedWait> {
  const found = new Map<string, RecordedWait>();
  for (let index = turns.length - 1; index >= 0 && found.size < keys.size; index -= 1)
    for (const call of turns[index]?.calls ?? [])
      if (isWait(call) && keys.has(call.data.key)) found.set(call.data.key, call);
  return found;
}
