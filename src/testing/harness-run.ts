import { EngineError } from "../base/errors.ts";
import { type History, isKeyed, isWait } from "../engine/history.ts";
import { readHistory } from "../engine/read-history.ts";
import type { Event, EventType } from "../events/catalog.ts";
import { decodeValue, encodeValue } from "../events/codec.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import type { Payload } from "../events/fields.ts";
import { RunCancelRequested } from "../events/run-events.ts";
import { SignalReceived } from "../events/signal-events.ts";
import type { Signal } from "../sdk/signals.ts";
import { endOf } from "../workers/recorded-values.ts";
import { toResult } from "../workers/run-here.ts";
import { finalState } from "../workers/run-state.ts";
import type { Passage } from "./passage.ts";
import type { World } from "./world.ts";

/** An event of a history, with its values as they were given. */
export interface HistoryEvent {
  readonly position: number; // 1, 2, 3, ...
  readonly type: EventType;
  readonly at: number; // epoch ms, in the time of the harness
  readonly data: Readonly<Record<string, unknown>>;
}

/** Where a run stands; type and name as in Prefect. */
interface HarnessState {
  readonly type: string;
  readonly name: string;
  readonly message: string | null;
}

/** A run in a harness. */
export class HarnessRun<Result> {
  readonly id: string;
  readonly name: string; // for people: "brisk-otter"
  readonly #world: World;
  readonly #passage: Passage;

  /** @internal */
  constructor(
    { run, name }: { readonly run: string; readonly name: string },
    world: World,
    passage: Passage,
  ) {
    this.id = run;
    this.name = name;
    this.#world = world;
    this.#passage = passage;
  }

  /**
   * Waits for the end of the run; time passes meanwhile, unless it is passed by hand. Rejects with the flow's error.
   * @throws EngineError RUN_STUCK when nothing can bring the end, RUN_BLOCKED when its code does not repeat its history
   */
  async result(): Promise<Result> {
    await this.#passage.until(this.#left(), async () => this.#waitsFor());
    const events = await this.events();
    const { ending, blocked } = readHistory(events);
    if (blocked !== null) throw new EngineError("RUN_BLOCKED", blocked.data.message, { run: this.id });
    if (ending === null) return this.result(); // it was opened again
    const state = await endOf(ending, this.id, this.#world);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the flow's types end at the log
    return toResult({ how: "ended", state, endsOthers: false }) as Result;
  }

  /** Sends a signal to the run, and resolves when it waits for time to pass, or for you. */
  async signal<Sent>(to: Signal<Sent, unknown> | string, payload: Sent): Promise<void> {
    const name = typeof to === "string" ? to : to.name;
    await this.#tell((id) => SignalReceived.make({ name, id, payload: encodeValue(payload) }));
  }

  /** Asks the run to end, and resolves when it waits for time to pass, or for you. */
  async cancel(reason: string | null = null): Promise<void> {
    await this.#tell(() => RunCancelRequested.make({ reason }));
  }

  async #tell(toFact: (id: string) => Event): Promise<void> {
    await this.#world.tell(this.id, toFact);
    await this.#passage.settle();
  }

  /** What the log has of the run, with decoded values. */
  async history(): Promise<readonly HistoryEvent[]> {
    return Promise.all((await this.events()).map(async (event) => this.#readable(event)));
  }

  /** The events as they stand in the log: for `givenHistory`, and for tools that read histories. */
  async events(): Promise<readonly RecordedEvent[]> {
    return this.#world.log.readAfter(this.id, 0);
  }

  /** Type and name as in Prefect: COMPLETED/Completed, RUNNING/Running, PAUSED/Blocked. */
  async state(): Promise<HarnessState> {
    const events = await this.events();
    const { ending, blocked } = readHistory(events);
    if (ending !== null) {
      const { type, name, message } = finalState(ending) ?? running;
      return { type, name, message };
    }
    if (blocked !== null) return { type: "PAUSED", name: "Blocked", message: blocked.data.message };
    return events.length > 1 ? running : { type: "SCHEDULED", name: "Scheduled", message: null };
  }

  /** How often each task was begun, by key; a retry and a crash begin it again. */
  begun(): ReadonlyMap<string, number> {
    return this.#world.begunIn(this.id);
  }

  /** Commits that workers made of the run, or died of. */
  get commits(): number {
    return this.#world.faults.commitsOf(this.id);
  }

  async #left(): Promise<void> {
    let forget = (): void => undefined;
    const left = new Promise<void>((resolve) => {
      forget = this.#world.onLeft(this.id, resolve);
    });
    const { ending, blocked } = readHistory(await this.events());
    if (ending === null && blocked === null) await left;
    forget();
  }

  async #waitsFor(): Promise<string> {
    const open = openWaits(readHistory(await this.events()));
    const text = open.length === 0 ? "something that its code did not ask Millrace for" : open.join(", ");
    return `Run ${this.id} ('${this.name}') waits for ${text}.`;
  }

  async #readable({ position, type, recordedAt, data }: RecordedEvent): Promise<HistoryEvent> {
    const fields = await Promise.all(
      Object.entries(data).map(async ([name, value]: [string, unknown]) => [
        name,
        await this.#decoded(value),
      ]),
    );
    const decoded: Readonly<Record<string, unknown>> = Object.fromEntries(fields);
    return { position, type, at: recordedAt, data: decoded };
  }

  async #decoded(value: unknown): Promise<unknown> {
    if (!isPayload(value)) return value;
    const [bytes] = await this.#world.payloads.get(this.id, [value]);
    return decodeValue(bytes ?? new Uint8Array(), `A value of run ${this.id}`);
  }
}

/** Keys of what the flow waits for. */
function openWaits({ turns, inbox }: History): readonly string[] {
  const facts = [...turns.flatMap(({ delivered }) => delivered), ...inbox];
  const over = new Set(facts.flatMap((fact) => (isKeyed(fact) ? [fact.data.key] : [])));
  const signals = facts.flatMap(({ type, data }) => (type === "SignalReceived" ? [data.name] : []));
  const calls = turns.flatMap((turn) => turn.calls);
  for (const { type, data } of calls) if (type === "CallCancelled") over.add(data.key);
  const open = calls.filter(isWait).filter(({ type, data }) => {
    if (type !== "SignalAwaited") return !over.has(data.key);
    const sent = signals.indexOf(data.name); // each is for one wait, the oldest first
    if (sent >= 0) signals.splice(sent, 1);
    return sent < 0 && !over.has(data.key);
  });
  return open.map(({ data }) => data.key);
}

const running = { type: "RUNNING", name: "Running", message: null } as const;

function isPayload(value: unknown): value is Payload {
  if (value instanceof Uint8Array) return true;
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [sha256, size]: unknown[] = value;
  return typeof sha256 === "string" && /^[0-9a-f]{64}$/.test(sha256) && typeof size === "number";
}
