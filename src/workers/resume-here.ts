import { EngineError } from "../base/errors.ts";
import type { Ownership } from "../engine/run-log.ts";
import type { FlowSpec } from "../engine/specs.ts";
import { RunUnblocked } from "../events/run-events.ts";
import { type RosterEntry, readLeaseMs } from "../redis/roster.ts";
import type { Client } from "./client.ts";
import { systemClock } from "./clock.ts";
import type { NewRun } from "./create-run.ts";
import { interruptRun, onInterrupt } from "./interrupt.ts";
import { closeLocal, type Local, openLocal, patient } from "./local.ts";
import { type Claimed, ownExistingRun, ownNewRun } from "./own-run.ts";
import { letGo } from "./run-here.ts";
import type { RunOutcome } from "./watch-run.ts";

const lookEveryMs = 100;

/**
 * Waits until the owner's lease has run out, when it is not renewed any more: a process that was just killed holds
 * it for some seconds. `onWait` is called once, when there is something to wait for.
 * @throws EngineError LEASE_LOST when the owner lives
 */
export async function untilOwnerIsGone(
  client: Client,
  run: string,
  owner: Ownership,
  onWait: (owner: string) => void,
): Promise<void> {
  const { redis, namespace } = client.store;
  const card = (await client.roster()).find(({ id }) => id === owner.worker);
  let leftMs = await readLeaseMs(redis, namespace.name, owner.worker);
  if (leftMs > 0) onWait(describeOwner(owner, card));
  while (leftMs > 0) {
    await new Promise<void>((resolve) => {
      systemClock.after(lookEveryMs, resolve);
    });
    const nowLeftMs = await readLeaseMs(redis, namespace.name, owner.worker);
    if (nowLeftMs > leftMs) throw stillOwned(run, describeOwner(owner, card));
    leftMs = nowLeftMs;
  }
}

function describeOwner({ worker }: Ownership, card: RosterEntry | undefined): string {
  return card === undefined ? `worker ${worker}` : `worker ${worker} (host ${card.host}, pid ${card.pid})`;
}

function stillOwned(run: string, owner: string): EngineError {
  return new EngineError(
    "LEASE_LOST",
    `Run ${run} is being run by ${owner}, which is alive; two owners are not possible. Watch it: millrace events ${run} -f`,
    { run },
  );
}

export interface EndedHere {
  readonly run: string;
  readonly name: string;
  readonly outcome: RunOutcome;
}

/**
 * Starts a run in this process, as a script does, and waits for its end.
 * @throws EngineError SHUTTING_DOWN at Ctrl-C; the run can be continued
 */
export async function startHere(spec: FlowSpec, newRun: NewRun): Promise<EndedHere> {
  let run = "";
  const onCreated = (id: string): void => {
    run = id;
  };
  const foreground = { spec, queue: newRun.queue, run: () => run };
  return inForeground(foreground, async ({ host }) => {
    const outcome = settle(await ownNewRun(host, spec, { ...newRun, limits: patient, onCreated }), run);
    const created = await host.log.readEvent(run, 1);
    return { run, name: created?.type === "RunCreated" ? created.data.name : run, outcome };
  });
}

/**
 * Continues a run in this process and waits for its end; a blocked run is tried again. Nobody alive may own it.
 * @throws EngineError SHUTTING_DOWN at Ctrl-C, LEASE_LOST when somebody else was faster
 */
export async function resumeHere(
  spec: FlowSpec,
  { run, queue, isBlocked }: ResumeOptions,
): Promise<RunOutcome> {
  return inForeground({ spec, queue, run: () => run }, async ({ host }) => {
    if (isBlocked) {
      const events = [RunUnblocked.make({ reason: "millrace resume" })];
      const fact = {
        run,
        actor: `worker:${host.worker}`,
        events,
        dedupeKey: "",
        seen: -1,
        wakeInMs: null,
        attempt: null,
      };
      await host.log.append({ ...fact, unblock: true });
    }
    return settle(await ownExistingRun(host, run, patient), run);
  });
}

export interface ResumeOptions {
  readonly run: string;
  readonly queue: string;
  readonly isBlocked: boolean;
}

interface Foreground {
  readonly spec: FlowSpec;
  readonly queue: string;
  readonly run: () => string; // its id; "" = there is none yet
}

async function inForeground<T>(
  { spec, queue, run }: Foreground,
  live: (local: Local) => Promise<T>,
): Promise<T> {
  const local = await openLocal(spec, [queue]);
  const calm = onInterrupt((signal) => interruptRun(local.host, run(), signal));
  try {
    return await live(local);
  } finally {
    calm();
    await closeLocal(local);
  }
}

function settle(claimed: Claimed, run: string): RunOutcome {
  switch (claimed.how) {
    case "ended":
      return { how: "ended", state: claimed.state };
    case "blocked":
      return { how: "blocked", message: claimed.error.message };
    case "parked":
      throw letGo(run, claimed);
    case "lost":
      throw new EngineError(
        "LEASE_LOST",
        `Run ${run} was taken over by another process. Watch it: millrace events ${run} -f`,
        { run },
      );
    case "refused":
      return refused(claimed, run);
  }
}

function refused({ why, owner }: Extract<Claimed, { how: "refused" }>, run: string): RunOutcome {
  switch (why) {
    case "owned":
      throw stillOwned(run, describeOwner(owner, undefined));
    case "blocked":
      return { how: "blocked", message: `Run ${run} is blocked: its history cannot be continued.` };
    case "closed":
      return { how: "left" }; // it ended while we looked
    case "paused":
      throw letGo(run, { how: "parked", isPaused: true });
    case "early":
      throw new EngineError(
        "COMMAND_REFUSED",
        `Run ${run} is not to begin yet: its time has not come, or another run of its key has to end first.`,
        { run },
      );
    case "missing":
      throw new EngineError("RUN_NOT_FOUND", `There is no run ${run}.`, { run });
  }
}
