import { EngineError } from "../base/errors.ts";
import type { FinalState } from "../engine/final-state.ts";
import { queueOfRun } from "../engine/pinned-queue.ts";
import type { FlowSpec } from "../engine/specs.ts";
import { lineLevelFromEnvironment, loggerFromEnvironment } from "../observe/logger.ts";
import { displayOn } from "./display.ts";
import { Host } from "./host.ts";
import { interruptRun, onInterrupt } from "./interrupt.ts";
import { isLeftOut } from "./left-out-starts.ts";
import type { Leave } from "./live-run.ts";
import { ownNewRun } from "./own-run.ts";
import { defaultLimits } from "./run-ports.ts";
import { openStore, type Store, settingsFromEnvironment } from "./settings.ts";
import { takeBack } from "./take-back.ts";
import { defaultWorkerOptions, queuesOf, Worker } from "./worker.ts";

/** A script's own process as a host: opened for its first run, closed after its last. */
export interface Local {
  readonly host: Host;
  readonly store: Store;
  readonly worker: Worker;
}

const local: { opening: Promise<Local> | null; runs: number; interruptedBy: NodeJS.Signals | null } = {
  opening: null,
  runs: 0,
  interruptedBy: null,
};

/** Runs a flow in this process, as `await pipeline(input)` in a script does. Rejects with the flow's error. */
export async function runHere(spec: FlowSpec, input: unknown): Promise<unknown> {
  if (isLeftOut(spec.name)) return never();
  local.runs += 1;
  try {
    local.opening ??= openLocal(spec, []);
    const { host } = await local.opening;
    return toResult(await start(host, spec, input));
  } finally {
    local.runs -= 1;
    if (local.runs === 0) await close();
  }
}

/** Ctrl-C ends a script, as it does without Millrace; here its runs were handed over first. */
function exitIfInterrupted(): void {
  if (local.interruptedBy !== null) process.exit(local.interruptedBy === "SIGINT" ? 130 : 143);
}

async function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** Makes this process a host of its own runs of a flow. `queues`: those of the runs, where they differ from the flow's. */
export async function openLocal(spec: FlowSpec, queues: readonly string[]): Promise<Local> {
  const logger = loggerFromEnvironment();
  const store = await openStore(settingsFromEnvironment());
  for (const warning of store.warnings) logger.warn(warning);
  const host = new Host({
    redis: store.redis,
    address: store.address,
    namespace: store.namespace,
    payloadLimitBytes: store.settings.payloadLimitBytes,
    queues: [spec.queue],
    flows: [spec.name],
    isLocal: true,
    display: displayOn(logger),
    keepLinesFrom: store.settings.runLogs ? lineLevelFromEnvironment() : null,
  });
  await host.open();
  const worker = new Worker(host, {
    ...defaultWorkerOptions,
    flows: [spec.name],
    queues: queues.length === 0 ? [] : [...new Set([...queues, ...queuesOf(spec.name, [])])],
    limits: patient,
  });
  worker.sweep();
  const onTrouble = (error: unknown): void => host.display.trouble(error);
  host.onTaskHint = oncePerFlow((flow) => void worker.serveTasks([flow]).catch(onTrouble));
  host.others.onQueuedChild = oncePerFlow((flow) => void worker.serveRuns([flow]).catch(onTrouble));
  return { host, store, worker };
}

function oncePerFlow(serve: (flow: string) => void): (flow: string) => void {
  const served = new Set<string>();
  return (flow) => {
    if (served.has(flow)) return;
    served.add(flow);
    serve(flow);
  };
}

/** A script waits for its runs; they stay in memory. */
export const patient = { ...defaultLimits, parkAfterMs: null };

async function start(host: Host, spec: FlowSpec, input: unknown): Promise<Leave> {
  let run = "";
  const calm = onInterrupt((signal) => {
    local.interruptedBy = signal;
    interruptRun(host, run, signal);
  });
  try {
    const leave = await ownNewRun(host, spec, {
      flow: spec.name,
      input,
      queue: queueOfRun(spec, spec.queue),
      tags: spec.tags,
      name: null,
      source: process.argv[1] ?? null,
      limits: patient,
      onCreated: (id) => {
        run = id;
      },
    });
    const end = leave.how === "lost" ? await takeBack(host, run, patient) : leave;
    if (end.how !== "parked") return end;
    const error = letGo(run, end);
    host.display.trouble(error);
    throw error;
  } finally {
    calm();
  }
}

/** Why a run that this process waited for is not its any more. */
export function letGo(run: string, { isPaused }: Extract<Leave, { how: "parked" }>): EngineError {
  if (isPaused)
    return new EngineError("RUN_PAUSED", `Paused. Let it go on with: npx millrace resume ${run}`, { run });
  return new EngineError(
    "SHUTTING_DOWN",
    `Interrupted. Nothing is lost; continue the run with: npx millrace resume ${run}`,
    { run },
  );
}

/** The flow's result. @throws the flow's error, or why there is none */
export function toResult(leave: Leave): unknown {
  switch (leave.how) {
    case "ended":
      return toValue(leave.state);
    case "blocked":
      throw leave.error;
    case "parked":
    case "lost":
      throw new EngineError(
        "LEASE_LOST",
        "The run continues in another process; it is not this one's any more.",
      );
  }
}

function toValue({ type, output, error, message }: FinalState): unknown {
  if (type === "COMPLETED") return output;
  if (type === "CANCELLED") throw new EngineError("RUN_CANCELLED", message ?? "The run was cancelled.");
  throw error ?? new EngineError("RUN_FAILED", message ?? "The run failed.");
}

async function close(): Promise<void> {
  const opening = local.opening;
  local.opening = null;
  const opened = await opening?.catch(() => null);
  if (opened !== null && opened !== undefined) await closeLocal(opened);
  exitIfInterrupted();
}

export async function closeLocal({ worker, host, store }: Local): Promise<void> {
  await worker.stop();
  await host.close();
  await store.close();
}
