import type { Fact, RecordedCall } from "../../src/engine/history.ts";
import type { PayloadStore } from "../../src/engine/run-log.ts";
import { decodeValue } from "../../src/events/codec.ts";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import type { Payload } from "../../src/events/fields.ts";
import { matches, show } from "./matches.ts";
import { type ChildInput, findChild, type Program, top } from "./programs.ts";
import { nextRound } from "./programs-rounds.ts";
import { childIdent, type ReferenceCall, type ReferenceOptions, sleepIdent, taskIdent } from "./reference.ts";

const factTypes: ReadonlySet<string> = new Set([
  "TaskCompleted",
  "TaskFailed",
  "TaskReused",
  "TimerFired",
  "ChildEnded",
  "CallReused",
  "SignalReceived",
  "RunCancelRequested",
]);
const callTypes: ReadonlySet<string> = new Set([
  "TaskScheduled",
  "TimerStarted",
  "SignalAwaited",
  "ChildScheduled",
  "CallCancelled",
  "PatchMarked",
]);

/** Facts that programs are given. */
export type GivenFact = Exclude<Fact, { readonly type: "UpdateRequested" }>;

export function isGivenFact(event: RecordedEvent): event is GivenFact {
  return factTypes.has(event.type);
}

/** What a turn asked for. */
export function callsOf(events: readonly RecordedEvent[], turn: number): readonly RecordedCall[] {
  const calls: RecordedCall[] = [];
  for (const event of events.slice(turn)) {
    if (callTypes.has(event.type)) calls.push(event as RecordedCall);
    else if (event.type !== "RunStarted") break;
  }
  return calls;
}

export interface Start extends Omit<ReferenceOptions, "isNew"> {
  readonly next: string | ChildInput | null; // what the run that carries this one on is given; null = none does
}

/** The program of a run: the whole one, or what one of its children does. */
export async function startOf(
  program: Program,
  [created]: readonly RecordedEvent[],
  values: LogValues,
): Promise<Start> {
  if (created?.type !== "RunCreated") throw new Error("The history does not begin with RunCreated.");
  const { root, of } = program;
  const given = await values.value(created.data.input);
  if (created.data.links?.parent == null) {
    const input = created.data.links?.continuedFrom == null ? program.input : String(given);
    return { root, input, of, place: top, next: nextRound(program, input) };
  }
  const { id, last, path, lap } = given as ChildInput;
  const next = nextRound(program, given as ChildInput);
  return { root: findChild(root, id).body, input: last, of, place: { path, lap }, next };
}

/** Values of one run's log, and the names that the reference has for its calls. */
export class LogValues {
  readonly run: string;
  readonly #payloads: PayloadStore;

  constructor(events: readonly RecordedEvent[], payloads: PayloadStore) {
    this.run = events[0]?.run ?? "";
    this.#payloads = payloads;
  }

  async value(payload: Payload): Promise<unknown> {
    const [bytes] = await this.#payloads.get(this.run, [payload]);
    return decodeValue(bytes ?? new Uint8Array(), "A recorded value");
  }

  async identOf(event: RecordedCall, identOfKey: (key: string) => string | undefined): Promise<string> {
    switch (event.type) {
      case "TimerStarted":
        return sleepIdent(event.data.ms);
      case "SignalAwaited":
        return `signal ${event.data.prompt ?? ""}`;
      case "TaskScheduled": {
        const args = await this.value(event.data.input);
        const path: unknown = Array.isArray(args) ? Reflect.get(Object(args[0]), "path") : undefined;
        return taskIdent(String(path));
      }
      case "ChildScheduled": {
        const { id, path } = await this.#childInput(event);
        return childIdent(`${id}${path}`);
      }
      case "CallCancelled":
        return `cancel ${identOfKey(event.data.key) ?? event.data.key}`;
      default:
        return `patch ${event.data.key}`;
    }
  }

  /** What is wrong with a recorded call; null = it is what the reference asks for. */
  async difference(
    event: RecordedCall,
    expected: ReferenceCall,
    draws: Map<string, unknown>,
  ): Promise<string | null> {
    if (event.type === "SignalAwaited" && event.data.name !== expected.signal)
      return `${event.data.key} waits for ${event.data.name}, and the reference for ${show(expected.signal)}.`;
    if (event.type === "TaskScheduled") {
      const args = await this.value(event.data.input);
      if (matches(args, [expected.input, expected.last], draws)) return null;
      return `${event.data.key} was given ${show(args)}, and the reference gives ${show(expected)}.`;
    }
    if (event.type !== "ChildScheduled") return null;
    const input = await this.#childInput(event);
    const { child } = expected;
    const isQueued = child?.node.how !== "inline";
    const isRight =
      child !== null &&
      matches(input, child.input, draws) &&
      event.data.onClose === child.node.onClose &&
      (event.data.queue !== null) === isQueued;
    return isRight
      ? null
      : `${event.data.key} is ${show(event.data)}, and the reference asks for ${show(child)}.`;
  }

  /** What a child is given lies with the child. */
  async #childInput({ data }: RecordedEvent<"ChildScheduled">): Promise<ChildInput> {
    const [bytes] = await this.#payloads.get(data.run, [data.input]);
    return decodeValue(bytes ?? new Uint8Array(), "The parameters of a child") as ChildInput;
  }
}
