import type { z } from "zod";
import { toMs } from "../base/durations.ts";
import { EngineError } from "../base/errors.ts";
import { fingerprint } from "../base/recordable.ts";
import { encodeValue } from "../events/codec.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import { SignalReceived } from "../events/signal-events.ts";
import type {
  CurrentState,
  ResultOptions,
  RunHandle,
  SendOptions,
  UpdateOptions,
} from "../sdk/run-handle.ts";
import { askRun } from "./ask-run.ts";
import { cancelRun } from "./cancel-run.ts";
import type { Client, StartedRun } from "./client.ts";
import type { EndWatch } from "./end-watch.ts";
import { runNotFound } from "./find-run.ts";
import { newId } from "./ids.ts";
import { letGoOn, pauseRun } from "./pause-run.ts";
import { queryRun } from "./query-run.ts";
import { resultOf } from "./run-end.ts";
import { startAtOf, stateOf } from "./run-state.ts";
import { signalKey } from "./tell-others.ts";
import { tellRun } from "./tell-run.ts";

/** A signal, whatever it carries. */
interface AnySignal {
  readonly name: string;
  readonly schema: z.ZodType | null;
}

export interface KnownRun {
  readonly run: string;
  readonly name: string;
  readonly flow: string;
  readonly isNew: boolean;
}

export function toKnown({ run, name, created, isNew }: StartedRun): KnownRun {
  return { run, name, flow: created.data.flow, isNew };
}

/** Lends a client for one piece of work. */
export type UseClient = <T>(work: (client: Client, watch: EndWatch) => Promise<T>) => Promise<T>;

/** A run as a program sees it that is connected to the log. */
export class ClientRun<Result> implements RunHandle<Result> {
  readonly id: string;
  readonly name: string;
  readonly flow: string;
  readonly isNew: boolean;
  readonly #use: UseClient;

  constructor({ run, name, flow, isNew }: KnownRun, use: UseClient) {
    this.#use = use;
    this.id = run;
    this.name = name;
    this.flow = flow;
    this.isNew = isNew;
  }

  async result({ timeout }: ResultOptions = {}): Promise<Result> {
    const timeoutMs = timeout === undefined ? null : toMs(timeout);
    const value = await this.#use(async (client, watch) =>
      resultOf(client, watch, { run: this.id, timeoutMs }),
    );
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the flow returned, from the log
    return value as Result;
  }

  async state(): Promise<CurrentState> {
    return this.#use(async (client) => currentState(client, this.id));
  }

  async history(): Promise<readonly RecordedEvent[]> {
    return this.#use(async (client) => client.events(this.id));
  }

  async cancel(reason?: string): Promise<void> {
    await this.#use(async (client) => cancelRun(client, this.id, reason ?? null));
  }

  async pause(reason?: string): Promise<void> {
    await this.#use(async (client) => pauseRun(client, this.id, reason ?? null));
  }

  async resume(reason?: string): Promise<void> {
    await this.#use(async (client) => letGoOn(client, this.id, reason ?? null));
  }

  async send(signal: string | AnySignal, payload?: unknown, { key }: SendOptions = {}): Promise<void> {
    const sending = { run: this.id, signal, payload, key: key ?? null };
    await this.#use(async (client) => sendSignal(client, sending));
  }

  async update<Answer = unknown>(
    name: string,
    input?: unknown,
    { timeout, key }: UpdateOptions = {},
  ): Promise<Answer> {
    const timeoutMs = timeout === undefined ? null : toMs(timeout);
    const question = { run: this.id, name, id: key ?? newId(), input, timeoutMs };
    const answer = await this.#use(async (client) => askRun(client, question));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the flow answered, from the log
    return answer as Answer;
  }

  async query<Answer = unknown>(
    name: string,
    input?: unknown,
    { timeout }: ResultOptions = {},
  ): Promise<Answer> {
    const look = { run: this.id, name, input, timeoutMs: timeout === undefined ? patienceMs : toMs(timeout) };
    const answer = await this.#use(async (client) => queryRun(client, look));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the flow shows
    return answer as Answer;
  }
}

const patienceMs = 10_000; // of a query, unless it is told another one

async function currentState(client: Client, run: string): Promise<CurrentState> {
  const [outline, roster] = await Promise.all([client.outline(run), client.roster()]);
  if (outline === null) throw runNotFound(run);
  const state = stateOf(outline, roster);
  return { ...state, startAt: state.type === "SCHEDULED" ? startAtOf(outline) : null };
}

export interface Sending {
  readonly run: string;
  readonly signal: string | AnySignal;
  readonly payload: unknown;
  readonly key: string | null; // null = a sending of its own
}

/**
 * Sends a signal to a run: kept until its flow waits for one of that name; the same key is recorded once.
 * @throws EngineError INPUT_INVALID, OUTPUT_UNRECORDABLE, PAYLOAD_TOO_LARGE, RUN_CLOSED, RUN_NOT_FOUND
 */
export async function sendSignal(client: Client, { run, signal, payload, key }: Sending): Promise<void> {
  const name = typeof signal === "string" ? signal : signal.name;
  if (typeof signal !== "string" && signal.schema !== null) await checkPayload(name, signal.schema, payload);
  const what = `The payload of signal ${name}`;
  fingerprint(payload, what);
  const id = key ?? newId();
  const event = async (to: string): Promise<ReturnType<typeof SignalReceived.make>> =>
    SignalReceived.make({
      name,
      id,
      payload: await client.payloads.put(to, encodeValue(payload), what, null),
    });
  await tellRun(client, { run, event, dedupeKey: signalKey({ name, id }) });
}

async function checkPayload(name: string, schema: z.ZodType, payload: unknown): Promise<void> {
  const parsed = await schema.safeParseAsync(payload);
  if (parsed.success) return;
  const issues = parsed.error.issues.map(
    ({ path, message }) => `${path.length === 0 ? "payload" : path.join(".")}: ${message}`,
  );
  throw new EngineError(
    "INPUT_INVALID",
    `The payload of signal ${name} is invalid:\n${issues.map((issue) => `  - ${issue}`).join("\n")}`,
    { signal: name, issues },
  );
}
