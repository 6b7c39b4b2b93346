import { EngineError } from "../base/errors.ts";
import type { FinalState } from "../engine/final-state.ts";
import { queueOfRun } from "../engine/pinned-queue.ts";
import type { FlowSpec } from "../engine/specs.ts";
import { systemClock } from "./clock.ts";
import type { Host } from "./host.ts";
import { interruptRun, onInterrupt } from "./interrupt.ts";
import { KeptLocal } from "./kept-local.ts";
import { isLeftOut } from "./left-out-starts.ts";
import type { Leave } from "./live-run.ts";
import { closeLocal, type Local, openLocal, patient } from "./local.ts";
import { ownNewRun } from "./own-run.ts";
import { takeBack } from "./take-back.ts";

const local = new KeptLocal<Local>({
  open: async (spec) => openLocal(spec, []),
  close: closeLocal,
  clock: systemClock,
});

/** Runs a flow in this process, as `await pipeline(input)` in a script does. Rejects with the flow's error. */
export async function runHere(spec: FlowSpec, input: unknown): Promise<unknown> {
  if (isLeftOut(spec.name)) return never();
  return local.during(spec, async ({ host }) => toResult(await start(host, spec, input)));
}

async function never(): Promise<never> {
  return new Promise(() => undefined);
}

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
