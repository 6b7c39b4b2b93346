import { toError } from "../../src/base/recorded-error.ts";
import { isEnding } from "../../src/engine/history.ts";
import type { FlowSpec } from "../../src/engine/specs.ts";
import { decodeValue } from "../../src/events/codec.ts";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import { endOf } from "../../src/workers/recorded-values.ts";
import { allChaosFlows, type MapInput, type StepsInput } from "../fixtures/chaos/flows.ts";
import type { Effect } from "./chaos-effects.ts";
import { checkLeftovers } from "./chaos-leftovers.ts";
import { type ProgramInput, programOf } from "./chaos-programs.ts";
import type { ChaosScene } from "./chaos-scene.ts";
import type { ChaosVisitors } from "./chaos-visitors.ts";
import type { ChildInput } from "./programs.ts";
import { checkAgainstReference, type Judged } from "./reference-check.ts";
import { checkShared } from "./sim-cache.ts";
import { checkFacts, checkOrder } from "./sim-checks.ts";
import { checkFamily } from "./sim-family.ts";
import { coldReplay } from "./sim-replay.ts";
import { SimViolation } from "./sim-world.ts";

/** What the histories of a scene hold, for people, and to see that there was any chaos. */
export interface Findings {
  readonly runs: number;
  readonly children: number;
  readonly cancelled: number;
  readonly inPart: number; // runs that the reference could not judge to their end
  readonly events: number;
  readonly ownersLost: number;
  readonly tasksCrashed: number;
  readonly replays: number; // turns that began a new epoch
  readonly effects: number;
  readonly repeated: number; // attempts that were begun more than once, or begun again after a crash
  readonly longestGap: string; // between two events of one run
}

export interface CheckOptions {
  /** Attempts that may begin after their task was over: those of a process that did not know it was dead. */
  readonly mayBeLate?: (effect: Effect) => boolean;
  readonly visitors?: Pick<ChaosVisitors, "lost">;
}

type Histories = ReadonlyMap<string, readonly RecordedEvent[]>;
type Check = (events: readonly RecordedEvent[], scene: ChaosScene) => Promise<Judged | void>;

/**
 * Reads every run of the scene and checks all that must be true of it, whatever broke.
 * @throws Error with every violation
 */
export async function checkScene(
  scene: ChaosScene,
  { mayBeLate = () => false, visitors }: CheckOptions = {},
): Promise<Findings> {
  const problems: string[] = [];
  const histories = new Map<string, readonly RecordedEvent[]>();
  let inPart = 0;
  for await (const run of scene.client.newest()) {
    const events = await scene.events(run);
    histories.set(run, events);
    try {
      if ((await checkHistory(events, scene)) === "in part") inPart += 1;
    } catch (error) {
      problems.push(`Run ${run}: ${toError(error).message}`);
    }
  }
  try {
    checkFamily(histories);
    await checkShared(histories, scene.client.payloads);
  } catch (error) {
    problems.push(toError(error).message);
  }
  const effects = scene.effects();
  problems.push(...lateEffects(effects, histories, mayBeLate));
  problems.push(...(visitors?.lost(histories) ?? []));
  problems.push(...(await checkLeftovers(scene)));
  if (problems.length > 0)
    throw new Error(
      `${problems.length} violations:\n${problems.slice(0, 10).join("\n")}\n${scene.troubles()}`,
    );
  return { ...count([...histories.values()], effects), inPart };
}

async function checkHistory(events: readonly RecordedEvent[], scene: ChaosScene): Promise<Judged | void> {
  const [first] = events;
  if (first?.type !== "RunCreated") throw new SimViolation("The first event is not RunCreated.");
  if (events.filter(({ type }) => type === "RunCreated").length > 1) throw new SimViolation("Created twice.");
  if (events.filter(isEnding).length !== 1) throw new SimViolation("Not exactly one ending.");
  checkFacts(events);
  checkOnce(events);
  if (events.at(-1)?.type !== "RunCrashed") {
    checkOrder(events);
    await checkReplay(specOf(first.data.flow), events, scene);
  }
  return /^chaos_(program|family|child)/.test(first.data.flow)
    ? checkProgram(events, scene)
    : checks[first.data.flow]?.(events, scene);
}

/** A worker begins an attempt once, and it ends at most once; an owner is lost once. */
function checkOnce(events: readonly RecordedEvent[]): void {
  const seen = new Set<string>();
  for (const event of events) {
    const mark = markOf(event);
    if (mark !== null && seen.has(mark)) throw new SimViolation(`Twice: ${mark} (event ${event.position}).`);
    if (mark !== null) seen.add(mark);
  }
}

function markOf(event: RecordedEvent): string | null {
  switch (event.type) {
    case "TaskStarted": // a worker that stops gives an attempt back, and another one begins it
      return `start of ${event.data.key}, attempt ${event.data.attempt}, by ${event.data.worker}`;
    case "TaskAttemptFailed":
    case "TaskCrashed":
      return `end of ${event.data.key}, attempt ${event.data.attempt}`;
    case "OwnerLost":
      return `loss of epoch ${event.data.epoch}`;
    default:
      return null;
  }
}

function specOf(name: string): FlowSpec {
  const found = allChaosFlows.find(({ spec }) => spec.name === name);
  if (found === undefined) throw new SimViolation(`No fixture is called ${name}.`);
  return found.spec;
}

/** Whoever repeats the history from nothing comes to the recorded end; `replay` compares the result. */
async function checkReplay(
  spec: FlowSpec,
  events: readonly RecordedEvent[],
  { client }: ChaosScene,
): Promise<void> {
  const { divergence, outcome } = await coldReplay(spec, events, client.payloads);
  if (divergence !== null) throw new SimViolation(`A cold replay diverges: ${divergence.message}`);
  if (outcome === null && events.some(({ type }) => type === "TurnTaken"))
    throw new SimViolation("A cold replay does not end.");
}

const checks: Readonly<Record<string, Check>> = {
  chaos_steps: async (events, scene) => {
    const { steps } = await inputOf<StepsInput>(events, scene);
    await expectOutput(events, scene, (steps * (steps + 1)) / 2);
  },
  chaos_map: expectSquares,
  chaos_relay: expectSquares,
};

/** A child is given the program that it is a part of. */
async function checkProgram(events: readonly RecordedEvent[], scene: ChaosScene): Promise<Judged> {
  const input = await inputOf<ProgramInput | ChildInput>(events, scene);
  const of = "of" in input ? (input.of as ProgramInput) : input;
  try {
    return await checkAgainstReference(programOf(of), events, scene.client.payloads);
  } catch (error) {
    throw new SimViolation(`Program ${JSON.stringify(of)}: ${String(error)}`, { cause: error });
  }
}

async function expectSquares(events: readonly RecordedEvent[], scene: ChaosScene): Promise<void> {
  const { count } = await inputOf<MapInput>(events, scene);
  await expectOutput(events, scene, sumOfSquares(count));
}

function sumOfSquares(count: number): number {
  return ((count - 1) * count * (2 * count - 1)) / 6;
}

async function expectOutput(
  events: readonly RecordedEvent[],
  scene: ChaosScene,
  expected: number,
): Promise<void> {
  const state = await endStateOf(events, scene);
  if (state.output === expected) return;
  throw new SimViolation(`It ended ${state.type} with ${String(state.output)} instead of ${expected}.`);
}

/** How a run ended. @throws when it has not */
export async function endStateOf(
  events: readonly RecordedEvent[],
  { client }: ChaosScene,
): Promise<Awaited<ReturnType<typeof endOf>>> {
  const ending = events.find(isEnding);
  if (ending === undefined) throw new SimViolation(`Its last event is ${events.at(-1)?.type ?? "none"}.`);
  return endOf(ending, ending.run, client);
}

async function inputOf<Input>(events: readonly RecordedEvent[], { client }: ChaosScene): Promise<Input> {
  const [first] = events;
  if (first?.type !== "RunCreated") throw new SimViolation("The first event is not RunCreated.");
  const [bytes] = await client.payloads.get(first.run, [first.data.input]);
  return decodeValue(bytes ?? new Uint8Array(), "The input") as Input; // the tests give what their flows take
}

/** Attempts that began although the log had said before that the task was over. */
function lateEffects(
  effects: readonly Effect[],
  histories: Histories,
  mayBeLate: (effect: Effect) => boolean,
): string[] {
  return effects
    .filter((effect) => effect.phase === "start" && !mayBeLate(effect))
    .flatMap((effect) => {
      const what = `Attempt ${effect.attempt} of ${effect.key} of run ${effect.run} in process ${effect.pid}`;
      if (!histories.has(effect.run)) return [`${what}: there is no such run.`];
      return effect.wasOver ? [`${what} began although the task was over.`] : [];
    });
}

function count(
  histories: readonly (readonly RecordedEvent[])[],
  effects: readonly Effect[],
): Omit<Findings, "inPart"> {
  const all = histories.flat();
  const of = (type: RecordedEvent["type"]): number => all.filter((event) => event.type === type).length;
  const begun = effects.filter(({ phase }) => phase === "start");
  const tasks = new Set(begun.map(({ run, key, attempt }) => `${run} ${key} ${attempt}`));
  return {
    runs: histories.length,
    children: all.filter((event) => event.type === "RunCreated" && event.data.links?.parent != null).length,
    cancelled: of("RunCancelled"),
    events: all.length,
    ownersLost: of("OwnerLost"),
    tasksCrashed: of("TaskCrashed"),
    replays: histories.reduce((sum, events) => sum + epochsOf(events) - 1, 0),
    effects: begun.length,
    repeated: begun.length - tasks.size,
    longestGap: longestGap(histories),
  };
}

function longestGap(histories: readonly (readonly RecordedEvent[])[]): string {
  let longestMs = 0;
  let text = "none";
  for (const events of histories) {
    for (const [index, event] of events.entries()) {
      const before = events[index - 1];
      const gapMs = event.recordedAt - (before?.recordedAt ?? event.recordedAt);
      if (before === undefined || gapMs <= longestMs) continue;
      longestMs = gapMs;
      text = `${gapMs} ms in ${event.run}, from ${before.position} ${before.type} to ${event.type}`;
    }
  }
  return text;
}

function epochsOf(events: readonly RecordedEvent[]): number {
  return new Set(events.flatMap((event) => (event.type === "TurnTaken" ? [event.data.epoch] : []))).size;
}
