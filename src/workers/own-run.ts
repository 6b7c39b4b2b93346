import { EngineError, isEngineError } from "../base/errors.ts";
import { toError } from "../base/recorded-error.ts";
import type { History } from "../engine/history.ts";
import { readHistory } from "../engine/read-history.ts";
import type { ClaimAnswer, Ownership } from "../engine/run-log.ts";
import { type FlowSpec, invoke } from "../engine/specs.ts";
import type { Event } from "../events/catalog.ts";
import { RunBlocked, RunCrashed } from "../events/run-events.ts";
import { isAlive } from "../redis/roster.ts";
import { checkInput } from "./check-input.ts";
import { codeFor } from "./code-for.ts";
import { type NewRun, toCreated } from "./create-run.ts";
import { type Bar, passGate } from "./gate.ts";
import type { Host } from "./host.ts";
import { hintSuccessor } from "./keyed-runs.ts";
import type { Leave, Life } from "./live-run.ts";
import { openRun } from "./open-run.ts";
import { resumeRun } from "./resume-run.ts";
import type { RunLimits } from "./run-ports.ts";
import { recordCrashSpan } from "./run-span.ts";
import { tellOfAttempt, tellOfEnd } from "./tell-hooks.ts";

/** What became of a claim. */
export type Claimed =
  | Leave
  | {
      readonly how: "refused";
      readonly why: "owned" | "blocked" | "closed" | "missing" | "paused" | "early"; // early: it is not to begin yet
      readonly owner: Ownership;
    };

/** Creates a run that this process owns from the start, and lives it. `onCreated` hears its id. */
export async function ownNewRun(
  host: Host,
  spec: FlowSpec,
  run: NewRun & { readonly limits: RunLimits; readonly onCreated: (run: string) => void },
): Promise<Leave> {
  const input = await checkInput(spec, run.input);
  const name = input.ok && spec.runName !== null ? String(invoke(spec.runName, [input.value])) : run.name;
  const { run: id, created } = await toCreated({ ...run, name }, host.payloads, host.ports.clock);
  const owner = { worker: host.worker, epoch: 1 };
  const { ports, display } = host;
  const opened = openRun({
    spec,
    owner,
    created,
    run: id,
    input,
    history: null,
    ports,
    limits: run.limits,
    onTrouble: (error) => display.trouble(error),
  });
  run.onCreated(id);
  host.enter(id);
  host.adopt(id, opened);
  try {
    const life = await live(host, id, owner, async () => opened.live.drive());
    host.leaveOne(id);
    return life.how === "again" ? await beginAgain(host, id, run.limits, life.inMs) : life;
  } finally {
    host.release(id);
  }
}

/** Another attempt of a flow that failed: here, when it is near, else wherever it comes due. */
async function beginAgain(host: Host, run: string, limits: RunLimits, inMs: number): Promise<Leave> {
  const { clock } = host.ports;
  if (limits.parkAfterMs !== null && inMs > limits.parkAfterMs) return { how: "parked", isPaused: false };
  await new Promise<void>((resolve) => {
    clock.after(inMs, resolve);
  });
  if (host.isLeaving) return { how: "parked", isPaused: false };
  const claimed = await claimAndLive(host, run, limits);
  return claimed.how === "refused" ? { how: "lost" } : claimed;
}

/**
 * Claims a run and lives it until it ends, parks, blocks or is lost. A run of a live owner is left alone; one of a
 * dead owner is taken.
 */
export async function ownExistingRun(host: Host, run: string, limits: RunLimits): Promise<Claimed> {
  if (!host.enter(run)) {
    host.poke(run);
    return { how: "refused", why: "owned", owner: { worker: host.worker, epoch: 0 } };
  }
  try {
    return await claimAndLive(host, run, limits);
  } finally {
    host.release(run);
  }
}

async function claimAndLive(host: Host, run: string, limits: RunLimits): Promise<Claimed> {
  const claim = await claimFromDeadToo(host, run);
  if (claim.status === "unreadable") return giveUp(host, run, claim);
  if (claim.status !== "ok") return { how: "refused", why: claim.status, owner: claim.owner };
  try {
    const life = await continueRun(host, run, claim, limits);
    host.leaveOne(run);
    return life.how === "again" ? await beginAgain(host, run, limits, life.inMs) : life;
  } catch (error) {
    if (!isEngineError(error, "EVENT_UNREADABLE") && !isEngineError(error, "PAYLOAD_MISSING")) throw error;
    return giveUp(host, run, { ...claim, problem: error });
  }
}

const suspectAfter = 2; // owners lost in a row; the first ones may have been killed by a neighbour

async function continueRun(
  host: Host,
  run: string,
  claim: ClaimAnswer,
  limits: RunLimits,
): Promise<Claimed | Life> {
  const history = readHistory(claim.events);
  const { crashes, underWay, beginAt } = history;
  const bar = await passGate(host, run, claim);
  if (bar !== null) return toClaimed(bar, claim.owner);
  if (beginAt > claim.now) return giveBack(host, run, claim, beginAt - claim.now);
  const spec = codeFor(history);
  if (spec === null) return giveBack(host, run, claim, 2_000); // a worker that has the code will be hinted
  if (crashes >= (spec.maxCrashes ?? limits.maxCrashes))
    return endCrashed(host, run, claim, { crashes, underWay });
  if (crashes >= suspectAfter && !host.enterSuspect(run)) return giveBack(host, run, claim, 2_000);
  const { ports, display } = host;
  await tellOfAttempt(host, spec, history, claim.now);
  const left = await live(host, run, claim.owner, async () =>
    resumeRun({
      claim,
      history,
      spec,
      ports,
      limits,
      onTrouble: (error) => display.trouble(error),
      onOpen: (opened) => host.adopt(run, opened),
    }),
  );
  if (left.how === "ended") await hintSuccessor(host, claim.events);
  return left;
}

function toClaimed(bar: Bar, owner: Ownership): Claimed {
  if (bar.how === "paused") return { how: "refused", why: "paused", owner };
  if (bar.how !== "cancelled") return { how: "refused", why: "early", owner };
  const state = { type: "CANCELLED", name: "Cancelled", message: bar.message } as const;
  return { how: "ended", state: { ...state, output: undefined, error: null }, endsOthers: false };
}

async function live(host: Host, run: string, owner: Ownership, drive: () => Promise<Life>): Promise<Life> {
  try {
    const life = await drive();
    if (life.how === "ended" && life.endsOthers) await tellOthers(host, run);
    return life;
  } catch (error) {
    // Not the flow's failure, and nobody drives the run any more: it is given up as if this worker had died.
    await host.log.takeFrom(run, owner, `worker:${host.worker}`).catch(() => undefined);
    throw error;
  }
}

/** It is due until this has been done: what fails here is done by a sweeper. */
async function tellOthers(host: Host, run: string): Promise<void> {
  await host.hooks.settled(run);
  await host.others.tellOthers(run).catch((error: unknown) => host.display.trouble(error));
}

async function claimFromDeadToo(host: Host, run: string): Promise<ClaimAnswer> {
  const claim = await host.log.claim(run, host.worker, { instead: null });
  if (claim.status !== "owned") return claim;
  if (
    claim.owner.worker !== host.worker &&
    (await isAlive(host.redis, host.namespace.name, claim.owner.worker))
  )
    return claim;
  await host.log.takeFrom(run, claim.owner, `worker:${host.worker}`);
  return host.log.claim(run, host.worker, { instead: null });
}

/** A history that cannot be read: blocked when it is damaged, left for a newer worker when it is newer. */
async function giveUp(host: Host, run: string, claim: ClaimAnswer): Promise<Claimed> {
  const problem = claim.problem ?? new EngineError("EVENT_UNREADABLE", "The history cannot be read.");
  host.display.trouble(problem);
  if (problem.code === "EVENT_UNKNOWN" || "known" in problem.details)
    return giveBack(host, run, claim, 10_000);
  const blocked = RunBlocked.make({ code: problem.code, message: problem.message, turn: 0, codeHash: "" });
  await ownerCommit(host, run, claim, { events: [blocked], after: "block" });
  return { how: "refused", why: "blocked", owner: claim.owner };
}

async function giveBack(host: Host, run: string, claim: ClaimAnswer, dueInMs: number): Promise<Claimed> {
  // Whatever arrived meanwhile is found when somebody else looks: that is arranged for, so "busy" is no answer here.
  const seen = Number.MAX_SAFE_INTEGER;
  const commit = { run, actor: `worker:${host.worker}`, owner: claim.owner, batch: 1, events: [] };
  await host.log.commit({ ...commit, seen, after: "park", dueInMs });
  return { how: "parked", isPaused: false };
}

async function endCrashed(
  host: Host,
  run: string,
  claim: ClaimAnswer,
  { crashes, underWay }: Pick<History, "crashes" | "underWay">,
): Promise<Claimed> {
  const suspects = underWay.length === 0 ? "no task: the flow's own code" : nameSome(underWay);
  const message =
    `${crashes} workers died in a row while they owned this run, without any progress between. What ran in ` +
    `their processes was ${suspects}. It ends the process: look for memory, native modules, process.exit().`;
  const events = [RunCrashed.make({ message })];
  await ownerCommit(host, run, claim, { events, after: "end" });
  await tellOthers(host, run);
  recordCrashSpan(readHistory(claim.events), { message, endedAt: claim.now });
  const error = toError(new EngineError("RUN_CRASHED", message, { run }));
  const state = { type: "FAILED", name: "Crashed", message, output: undefined, error } as const;
  return { how: "ended", state, endsOthers: false };
}

const tellInMs = 5_000; // by then others have heard of the end, or a sweeper tells them

const nameAtMost = 5;

function nameSome(keys: readonly string[]): string {
  const names = keys.slice(0, nameAtMost).map((key) => `task ${key}`);
  const more = keys.length - names.length;
  return more === 0 ? names.join(", ") : `${names.join(", ")} and ${more} more`;
}

interface Write {
  readonly events: readonly Event[];
  readonly after: "block" | "end";
}

async function ownerCommit(
  host: Host,
  run: string,
  { owner, events: known }: ClaimAnswer,
  write: Write,
): Promise<void> {
  const seen = known.at(-1)?.position ?? Number.MAX_SAFE_INTEGER; // an unreadable history is not compared
  const commit = { run, actor: `worker:${host.worker}`, owner, batch: 1, seen };
  const dueInMs = write.after === "end" ? tellInMs : null;
  const answer = await host.log.commit({ ...commit, ...write, dueInMs });
  await tellOfEnd(host, run, write.events, answer);
}
