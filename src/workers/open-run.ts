import { Execution } from "../engine/execution.ts";
import type { ExecutionOptions } from "../engine/execution-options.ts";
import type { History } from "../engine/history.ts";
import type { Ownership } from "../engine/run-log.ts";
import { baseKey } from "../engine/scope.ts";
import type { FlowSpec } from "../engine/specs.ts";
import type { Event } from "../events/catalog.ts";
import type { RunInfo } from "../sdk/context.ts";
import type { CheckedInput } from "./check-input.ts";
import { type Inside, toBody } from "./flow-body.ts";
import { LiveRun } from "./live-run.ts";
import { type LifeOf, Lives } from "./lives.ts";
import type { LivingCode } from "./living-code.ts";
import { OpenChildren } from "./open-children.ts";
import { OpenWork } from "./open-work.ts";
import { type Patience, patientPayloads } from "./patient-log.ts";
import type { RunLimits, RunPorts } from "./run-ports.ts";
import { withRunSpan } from "./run-span.ts";
import { ToldLog } from "./told-log.ts";
import { TurnLog } from "./turn-log.ts";
import { TurnTaker } from "./turn-taker.ts";

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

export interface OpenedRun extends LivingCode {
  readonly live: LiveRun;
  readonly work: OpenWork;
  readonly children: OpenChildren;
  readonly info: RunInfo;
}

/** What an execution has to know of the lives before it. */
function livedBefore(history: History | null): ExecutionOptions {
  if (history === null) return {};
  const { attempt, patches, kept, created } = history;
  const seed = created.data.links?.forkedFrom?.seed ?? created.run;
  const isReused = (key: string): boolean => kept.get(baseKey(key))?.call.type === "SignalAwaited";
  return { attempt, patches, seed, isReused };
}

/** Puts together what lives in memory of a run that this process owns; nothing runs yet. */
export function openRun(open: OpenRun): OpenedRun {
  const { spec, owner, created, run, history, limits, onTrouble } = open;
  const { name, tags, traceparent } = created.data;
  const info: RunInfo = { id: run, name, flow: spec.name, tags, traceparent };
  const abort = new AbortController();
  const patience: Patience = { clock: open.ports.clock, stop: abort.signal, onTrouble };
  const ports: RunPorts = {
    ...open.ports,
    payloads: patientPayloads(open.ports.payloads, patience),
    observe: withRunSpan(open.ports, history?.started?.recordedAt ?? null),
  };
  const lines = new TurnLog(
    (line) => ports.write(info, line),
    () => !lives.now.execution.replaying,
  );
  const begin = (from: LifeOf): LivingCode => {
    const hasChildren = (): boolean => children.hasUnheard;
    const inside = { info, log: lines.log, stop: abort.signal, hasChildren };
    const code = beginLife({ ...open, ...from, ports }, inside);
    code.execution.onActivity = () => {
      if (!code.turns.isTaking) live.waker.wake();
    };
    return code;
  };
  const lives = new Lives(begin, begin(open));
  const commits = new ToldLog(ports.log, patience);
  const work: OpenWork = new OpenWork({
    run: info,
    epoch: owner.epoch,
    ports,
    stop: abort.signal,
    onFact: (fact) => live.note(fact),
    onNews: () => live.poke(),
    onTrouble,
  });
  const root = created.data.root ?? run;
  const { queue } = created.data;
  const recorded = history?.children ?? new Map();
  const children: OpenChildren = new OpenChildren({ run: info, root, queue, ports, patience, recorded });
  const renewal = { info, spec, ports, limits, commits, stop: abort.signal };
  const lasting = { run, owner, work, children, commits, ports, limits, abort, lines };
  const renew = limits.alwaysReplay === true ? lives.renewal(renewal) : null;
  const live: LiveRun = new LiveRun(lives.with({ ...lasting, renew }), history);
  return lives.with({ live, work, children, info });
}

interface AroundCode extends Omit<Inside, "execution"> {
  readonly hasChildren: () => boolean; // that were not heard of
}

/** The code of a run in memory, for the first time or as its history left it. */
function beginLife(open: OpenRun, { info, log, stop, hasChildren }: AroundCode): LivingCode {
  const { spec, owner, created, run, input, history, ports, limits } = open;
  const { clock } = ports;
  const drainMany = clock.manyDrains?.() ?? null;
  const drain = (done: () => void): void =>
    execution.replaying && drainMany !== null ? drainMany(done) : clock.drain(done);
  const execution: Execution = new Execution(run, created.data.createdAt, { drain }, livedBefore(history));
  const body = toBody(open, { info, execution, log, stop });
  const turns = new TurnTaker({
    info,
    queue: created.data.queue,
    codeHash: spec.codeHash,
    createdAt: created.data.createdAt,
    epoch: owner.epoch,
    history,
    retry: spec.retry,
    hasParent: (created.data.links?.parent ?? null) !== null,
    hasChildren,
    hasHooks: spec.hooks !== null,
    created: history === null ? created : null,
    startedInput: input.ok ? input.bytes : null,
    inputIsValid: input.ok,
    results: spec.results,
    body,
    execution,
    ports,
    limits,
  });
  return { execution, turns, body };
}
