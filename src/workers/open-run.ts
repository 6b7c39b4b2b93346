import { findUnrecordable, fingerprint, unrecordable } from "../base/recordable.ts";
import { toError } from "../base/recorded-error.ts";
import { Execution } from "../engine/execution.ts";
import { type FinalState, stateOfError, stateOfResult } from "../engine/final-state.ts";
import type { History } from "../engine/history.ts";
import type { Ownership } from "../engine/run-log.ts";
import { type FlowSpec, invoke } from "../engine/specs.ts";
import type { Event } from "../events/catalog.ts";
import { decodeValue, encodeValue } from "../events/codec.ts";
import { inRun } from "../observe/tracing.ts";
import { type RunInfo, type RunLogger, withContext } from "../sdk/context.ts";
import { LiveRun } from "./live-run.ts";
import { OpenWork } from "./open-work.ts";
import { type Patience, PatientLog, patientPayloads } from "./patient-log.ts";
import type { RunLimits, RunPorts } from "./run-ports.ts";
import { withRunSpan } from "./run-span.ts";
import { TurnLog } from "./turn-log.ts";
import { TurnTaker } from "./turn-taker.ts";

/** The validated input of a run, or why it is not valid. */
export type CheckedInput =
  | { readonly ok: true; readonly value: unknown; readonly bytes: Uint8Array | null } // null = the same as given
  | { readonly ok: false; readonly error: Error };

/** Validates what was given, and keeps the result where it differs: defaults may depend on the time. */
export async function checkInput(spec: FlowSpec, given: unknown): Promise<CheckedInput> {
  try {
    const value = await spec.parse(given);
    const isSame = fingerprint(value, "The parameters") === fingerprint(given, "The parameters");
    const bytes = isSame ? null : encodeValue(value);
    return { ok: true, value: bytes === null ? value : decodeValue(bytes, "The parameters"), bytes };
  } catch (error) {
    return { ok: false, error: toError(error) };
  }
}

export interface OpenRun {
  readonly spec: FlowSpec;
  readonly owner: Ownership;
  readonly created: Event<"RunCreated">;
  readonly run: string;
  readonly input: CheckedInput;
  readonly history: History | null; // null = a new run; its first commit creates it
  readonly ports: RunPorts;
  readonly limits: RunLimits;
  readonly onTrouble: (error: unknown) => void;
}

export interface OpenedRun {
  readonly live: LiveRun;
  readonly execution: Execution;
  readonly turns: TurnTaker;
  readonly work: OpenWork;
  readonly info: RunInfo;
  readonly body: () => Promise<FinalState>;
}

/** Puts together what lives in memory of a run that this process owns; nothing runs yet. */
export function openRun(open: OpenRun): OpenedRun {
  const { spec, owner, created, run, input, history, limits, onTrouble } = open;
  const { name, tags, traceparent } = created.data;
  const info: RunInfo = { id: run, name, flow: spec.name, tags, traceparent };
  const abort = new AbortController();
  const patience: Patience = { clock: open.ports.clock, stop: abort.signal, onTrouble };
  const ports: RunPorts = {
    ...open.ports,
    payloads: patientPayloads(open.ports.payloads, patience),
    observe: withRunSpan(open.ports, history?.started?.recordedAt ?? null),
  };
  const execution = new Execution(run, created.data.createdAt, { drain: () => ports.clock.drain() });
  const lines = new TurnLog(
    (line) => ports.write(info, line),
    () => !execution.replaying,
  );
  const body = toBody(open, { info, execution, log: lines.log });
  const turns = new TurnTaker({
    info,
    queue: created.data.queue,
    codeHash: spec.codeHash,
    createdAt: created.data.createdAt,
    epoch: owner.epoch,
    turnsTaken: history?.turns.length ?? 0,
    created: history === null ? created : null,
    startedInput: input.ok ? input.bytes : null,
    inputIsValid: input.ok,
    body,
    execution,
    ports,
    limits,
  });
  const commits = new PatientLog(ports.log, patience);
  const work: OpenWork = new OpenWork({
    run: info,
    epoch: owner.epoch,
    ports,
    stop: abort.signal,
    onFact: (fact) => live.note(fact),
    onTrouble,
  });
  const live: LiveRun = new LiveRun(
    { run, owner, execution, turns, work, commits, ports, limits, abort, lines },
    history,
  );
  execution.onActivity = () => {
    if (!turns.isTaking) live.waker.wake();
  };
  return { live, execution, turns, work, info, body };
}

interface Inside {
  readonly info: RunInfo;
  readonly execution: Execution;
  readonly log: RunLogger;
}

/** The flow function in its context; it always ends in a state, and only in one that can be recorded. */
function toBody({ spec, input }: OpenRun, inside: Inside): () => Promise<FinalState> {
  const { info, execution, log } = inside;
  return async () => {
    if (!input.ok) return stateOfError(input.error);
    const context = { kind: "flow", run: info, execution, scope: execution.root, log } as const;
    const run = async (): Promise<FinalState> => stateOfResult(await call(spec, input.value));
    const state = await inRun(info, () => withContext(context, run));
    const refusal = state.type === "COMPLETED" ? findUnrecordable(state.output) : null;
    return refusal === null ? state : stateOfError(unrecordable(`The result of flow ${spec.name}`, refusal));
  };
}

async function call(spec: FlowSpec, input: unknown): Promise<unknown> {
  return invoke(spec.fn, [input]);
}
