import { isEngineError } from "../base/errors.ts";
import { type Ending, isEnding } from "../engine/history.ts";
import { readHistory } from "../engine/read-history.ts";
import type { RunLog } from "../engine/run-log.ts";
import { baseKey } from "../engine/scope.ts";
import { ChildEnded } from "../events/child-events.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import { isElsewhere, type Payload } from "../events/fields.ts";
import type { RunPorts } from "./run-ports.ts";

/** The run that carries another one on. */
export interface NextRun {
  readonly run: string;
  readonly from: RecordedEvent<"RunCreated">;
  readonly input: Payload;
  readonly unheard: readonly RecordedEvent<"SignalReceived">[]; // came before the end, and nobody received them
  readonly known: readonly string[]; // dedupe keys of signals that were sent before
}

interface Ports {
  readonly log: RunLog;
  readonly payloads: RunPorts["payloads"];
  readonly actor: string; // "worker:<id>"
  /** Somebody has to look after a run that has news and no owner. */
  readonly hintRun: (run: string, cause: string) => Promise<void>;
  readonly cancelRun: (run: string, reason: string) => Promise<void>;
  readonly startChild: (
    scheduled: RecordedEvent<"ChildScheduled">,
    parent: RecordedEvent<"RunCreated">,
  ) => Promise<void>;
  readonly startNext: (next: NextRun) => Promise<void>;
}

/**
 * Tells the end of a run to those whom it concerns: its parent, the children that it leaves behind, the run that carries
 * it on. Everything in here may be done twice; only then nobody has to look after the run any more.
 */
export async function tellOthers(run: string, ports: Ports): Promise<void> {
  const events = await ports.log.readAfter(run, 0);
  const [created] = events;
  const ending = events.findLast(isEnding);
  if (created?.type !== "RunCreated" || ending === undefined || events.at(-1) !== ending) return; // it goes on
  const continued = events.findLast((event) => event.type === "RunContinued");
  const { kept, inbox } = readHistory(events);
  if (continued === undefined) await tellParent(created, ending, ports);
  else {
    const unheard = inbox.filter((fact) => fact.type === "SignalReceived");
    const known = await knownSignals(events, ports.log);
    await ports.startNext({ ...continued.data, from: created, unheard, known });
  }
  for (const child of leftBehind(events)) {
    const before = kept.get(baseKey(child.data.key))?.call; // an earlier attempt has its answer: none was made
    if (before?.type === "ChildScheduled" && before.data.fingerprint === child.data.fingerprint) continue;
    if (child.data.onClose === "abandon") await ports.startChild(child, created);
    else await ports.cancelRun(child.data.run, "Its parent has ended.");
  }
  await ports.log.leave(run);
}

const knownAtMost = 1_000;
const runsBack = 2;

/** What was sent to a run, or to the ones that it carried on, is not taken twice: the newest of the last three runs. */
async function knownSignals(events: readonly RecordedEvent[], log: RunLog): Promise<readonly string[]> {
  const known = new Set<string>();
  let earlier = events;
  for (let back = 0; ; back += 1) {
    for (const event of earlier.toReversed())
      if (event.type === "SignalReceived" && known.size < knownAtMost) known.add(signalKey(event.data));
    const [created] = earlier;
    const before = created?.type === "RunCreated" ? (created.data.links?.continuedFrom ?? null) : null;
    if (before === null || back === runsBack || known.size === knownAtMost) return [...known];
    earlier = await log.readAfter(before, 0);
  }
}

/** The same signal sent twice is recorded once. */
export function signalKey({ name, id }: { readonly name: string; readonly id: string }): string {
  return `signal ${name} ${id}`;
}

/** All requests to an open run are one. */
export const cancelKey = "cancel";

/**
 * Children that were not heard of: they end with their parent, or go their own way; then they must exist, though it was
 * the last thing that the parent did to call them.
 */
function leftBehind(events: readonly RecordedEvent[]): readonly RecordedEvent<"ChildScheduled">[] {
  const open = new Map<string, RecordedEvent<"ChildScheduled">>();
  for (const event of events) {
    if (event.type === "ChildScheduled") open.set(event.data.key, event);
    else if (event.type === "ChildEnded" || event.type === "CallReused") open.delete(event.data.key);
    else if (event.type === "CallCancelled") cancelChild(open, event.data.key);
    else if (event.type === "RunAttemptFailed") for (const key of open.keys()) cancelChild(open, key);
  }
  return [...open.values()];
}

/** A child that is not wanted any more is not made, and an earlier owner may have died before it said so. */
function cancelChild(open: Map<string, RecordedEvent<"ChildScheduled">>, key: string): void {
  const child = open.get(key);
  if (child !== undefined) open.set(key, { ...child, data: { ...child.data, onClose: "cancel" } });
}

async function tellParent(created: RecordedEvent<"RunCreated">, ending: Ending, ports: Ports): Promise<void> {
  const parent = created.data.links?.parent ?? null;
  if (parent === null) return;
  const end = await endOfChild(parent, ending, ports);
  const { status, owner, position } = await ports.log.append({
    run: parent.run,
    actor: ports.actor,
    events: [ChildEnded.make(end)],
    dedupeKey: `end ${parent.key}`,
    seen: -1,
    wakeInMs: 0,
    attempt: null,
    unblock: false,
  });
  if (status === "ok" && owner === "") await ports.hintRun(parent.run, String(position));
}

type ChildEnd = RecordedEvent<"ChildEnded">["data"];

async function endOfChild(
  parent: { readonly run: string; readonly key: string },
  ending: Ending,
  { payloads }: Ports,
): Promise<ChildEnd> {
  const nothing = { output: null, error: null };
  const base = { key: parent.key, run: ending.run, ...nothing };
  switch (ending.type) {
    case "RunCompleted": {
      const { name, message } = ending.data;
      const output = await copyPayload(ending.run, parent, ending.data.output, payloads);
      return { ...base, state: "COMPLETED", name, message, output };
    }
    case "RunFailed": {
      const { name, message, error } = ending.data;
      return { ...base, state: "FAILED", name, message, error };
    }
    case "RunCancelled":
      return { ...base, state: "CANCELLED", name: ending.data.name, message: ending.data.message };
    case "RunCrashed":
      return { ...base, state: "CRASHED", name: "Crashed", message: ending.data.message };
  }
}

/** A large value lies with the run that made it; its parent has a copy of its own. */
async function copyPayload(
  child: string,
  parent: { readonly run: string; readonly key: string },
  payload: Payload,
  payloads: Ports["payloads"],
): Promise<Payload> {
  if (payload instanceof Uint8Array || isElsewhere(payload)) return payload;
  try {
    const [bytes] = await payloads.get(child, [payload]);
    return await payloads.put(
      parent.run,
      bytes ?? new Uint8Array(),
      `The result of child ${parent.key}`,
      null,
    );
  } catch (error) {
    if (isEngineError(error, "PAYLOAD_MISSING")) return payload; // the parent says what is missing, and where
    throw error;
  }
}
