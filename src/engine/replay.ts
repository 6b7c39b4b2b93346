import { fingerprint } from "../base/recordable.ts";
import { recordError } from "../base/recorded-error.ts";
import type { Call, Delivery } from "./calls.ts";
import {
  type DivergenceCode,
  type DivergencePlace,
  describeCall,
  describeRecorded,
  ReplayDiverged,
} from "./divergence.ts";
import type { Execution } from "./execution.ts";
import type { FinalState } from "./final-state.ts";
import { unknownFlags } from "./flags.ts";
import { type Ending, type Fact, isKeyed, type RecordedCall, type Turn } from "./history.ts";
import { hasSameInput, kindOf, nameInKey } from "./same-call.ts";

/** A replay's view of the outside; everything is decoded before it begins (no I/O, no time inside). */
export interface ReplayInput {
  readonly execution: Execution;
  readonly body: () => Promise<FinalState>;
  readonly turns: readonly Turn[];
  readonly run: string;
  readonly flow: string;
  readonly codeHash: string;
  readonly createdAt: number;
  readonly retired: readonly string[] | null; // keyed: names whose recorded calls may be missing; null = strict
  readonly deliveryOf: (fact: Fact) => Delivery; // asked once for each
  /** How the run ended according to the log. Asked only for the last turn of a run that has ended. */
  readonly recordedEnd: (ending: Ending) => FinalState;
  /** Waits a moment for work that Millrace does not know; false = enough waited. */
  readonly waitForForeign: () => Promise<boolean>;
}

/**
 * Repeats the recorded turns and leaves the execution where the last one left it.
 * @throws ReplayDiverged when the code does something else than the history says
 */
export async function replay(input: ReplayInput): Promise<void> {
  const { execution, turns, body, createdAt } = input;
  execution.replaying = turns.length > 0;
  for (const turn of turns) {
    checkFlags(input, turn);
    execution.beginTurn(createdAt + turn.event.data.elapsedMs);
    execution.expected.expect(turn.calls);
    if (!execution.isStarted) await execution.start(body);
    let ordinal = 0;
    for (const fact of turn.delivered) {
      if (isBehind(input, ordinal)) await input.waitForForeign();
      const delivery = input.deliveryOf(fact);
      const isGiven =
        execution.offer(delivery, ordinal) ||
        (await offerLate(input, fact, () => execution.offer(delivery, ordinal)));
      if (isGiven) await execution.drain();
      else if (!isRetired(input, fact)) throw undeliverable(input, turn, fact);
      ordinal += 1;
    }
    if (isRepeated(input, turn)) execution.takeIssued();
    else await compare(input, turn);
    compareEnd(input, turn);
  }
  execution.expected.expect([]);
  execution.replaying = false;
}

/** The recorded code made another call before it was given this fact: what leads there may be foreign work. */
function isBehind({ execution, retired }: ReplayInput, ordinal: number): boolean {
  return retired === null && execution.expected.isBehind(ordinal);
}

/** Nobody waits for the fact yet: what leads there may be foreign work. */
async function offerLate(input: ReplayInput, fact: Fact, offer: () => boolean): Promise<boolean> {
  let isGiven = false;
  while (!isGiven && !isRetired(input, fact) && (await input.waitForForeign())) isGiven = offer();
  return isGiven;
}

/** Nearly always: every call was the recorded one when it was made. */
function isRepeated(input: ReplayInput, turn: Turn): boolean {
  return input.execution.expected.areMet && hasEndedIfRecorded(input, turn);
}

function hasEndedIfRecorded({ execution }: ReplayInput, { event }: Turn): boolean {
  return execution.outcome !== null || !event.data.done;
}

function isRetired({ retired }: ReplayInput, fact: Fact): boolean {
  return retired !== null && isKeyed(fact) && retired.includes(nameInKey(fact.data.key));
}

function undeliverable(input: ReplayInput, turn: Turn, fact: Fact): ReplayDiverged {
  const what = isKeyed(fact)
    ? `call ${fact.data.key}, whose`
    : `a wait for ${"name" in fact.data ? fact.data.name : "cancellation"}, whose`;
  return diverged(input, turn, "E_MISSING_CALL", [
    `${what} ${fact.type} (event ${fact.position}) is delivered here`,
    "no such call is open",
  ]);
}

/** R4: kind, key, cause and arguments of every call, in order. */
async function compare(input: ReplayInput, turn: Turn): Promise<void> {
  const { execution } = input;
  const issued: Call[] = [];
  await untilTrue(input, () => {
    issued.push(...execution.takeIssued());
    return issued.length >= turn.calls.length && hasEndedIfRecorded(input, turn);
  });
  const unmatched =
    input.retired === null ? compareInOrder(input, turn, issued) : compareByKey(input, turn, issued);
  const [extra] = unmatched;
  if (extra !== undefined) {
    throw diverged(input, turn, "E_EXTRA_CALL", ["no further call in this turn", describeCall(extra)]);
  }
}

function compareInOrder(input: ReplayInput, turn: Turn, issued: readonly Call[]): readonly Call[] {
  for (const [index, recorded] of turn.calls.entries()) compareCall(input, turn, recorded, issued[index]);
  return issued.slice(turn.calls.length);
}

/** Order and cause do not count, and calls of retired names may be missing. */
function compareByKey(input: ReplayInput, turn: Turn, issued: readonly Call[]): readonly Call[] {
  const rest = [...issued];
  for (const recorded of turn.calls) {
    const at = rest.findIndex((call) => call.key === recorded.data.key && call.kind === kindOf(recorded));
    const call = at < 0 ? undefined : rest.splice(at, 1)[0];
    if (call === undefined && input.retired?.includes(nameInKey(recorded.data.key)) === true) continue;
    compareCall(input, turn, recorded, call);
  }
  return rest;
}

function compareCall(input: ReplayInput, turn: Turn, recorded: RecordedCall, call: Call | undefined): void {
  if (call === undefined) {
    const actual = input.execution.outcome === null ? "the flow made no such call" : "the flow has ended";
    const code = input.execution.outcome === null ? "E_MISSING_CALL" : "E_EARLY_END";
    throw diverged(input, turn, code, [describeRecorded(recorded), actual]);
  }
  if (!isCallAt(recorded, call, input.retired === null)) {
    throw diverged(input, turn, "E_DIFFERENT_CALL", [describeRecorded(recorded), describeCall(call)]);
  }
  if (!hasSameInput(recorded, call)) {
    throw diverged(input, turn, "E_INPUT", [describeRecorded(recorded), describeCall(call)]);
  }
}

function isCallAt(recorded: RecordedCall, call: Call, inOrder: boolean): boolean {
  const { key, after } = recorded.data;
  return call.kind === kindOf(recorded) && call.key === key && (!inOrder || call.after === after);
}

function compareEnd(input: ReplayInput, turn: Turn): void {
  const { outcome } = input.execution;
  if (outcome === null) {
    if (!turn.event.data.done) return;
    throw diverged(input, turn, "E_NOT_DONE", [describeEnd(turn), "the flow goes on"]);
  }
  if (!turn.event.data.done) {
    throw diverged(input, turn, "E_EARLY_END", [
      "the flow went on",
      `the flow ended ${outcome.type}/${outcome.name}`,
    ]);
  }
  if (turn.ending === null || isSameEnd(input.recordedEnd(turn.ending), outcome)) return;
  throw diverged(input, turn, "E_RESULT", [
    describeEnd(turn),
    `the flow ended ${outcome.type}/${outcome.name}, or with another result`,
  ]);
}

function isSameEnd(recorded: FinalState, actual: FinalState): boolean {
  return (
    recorded.type === actual.type && recorded.name === actual.name && essence(recorded) === essence(actual)
  );
}

function essence({ output, error }: FinalState): number {
  const recorded = error === null ? null : recordError(error);
  return fingerprint([output, recorded?.name, recorded?.message], "The result of the flow");
}

function describeEnd(turn: Turn): string {
  return `the flow ended (${turn.ending?.type ?? "no ending"})`;
}

/**
 * Foreign work (a timer, a socket) in flow code is not recorded and arrives when it likes; a replay gives it a
 * moment before it calls the difference a divergence.
 */
async function untilTrue(input: ReplayInput, condition: () => boolean): Promise<void> {
  while (!condition()) {
    if (!(await input.waitForForeign())) return;
  }
}

function checkFlags(input: ReplayInput, turn: Turn): void {
  const unknown = unknownFlags(turn.event.data.flags);
  if (unknown.length === 0) return;
  throw diverged(input, turn, "E_FLAGS", [
    `rules ${unknown.join(", ")}`,
    "a release that does not know them; upgrade",
  ]);
}

function diverged(
  place: ReplayInput,
  turn: Turn,
  code: DivergenceCode,
  sides: readonly [string, string],
): ReplayDiverged {
  const { run, flow, codeHash }: Omit<DivergencePlace, "turn"> = place;
  const [recorded, actual] = sides;
  return new ReplayDiverged({ run, flow, codeHash, turn, code, recorded, actual });
}
