import { toMs } from "../base/durations.ts";
import { EngineError } from "../base/errors.ts";
import { queueOfRun } from "../engine/pinned-queue.ts";
import { type FlowSpec, invoke } from "../engine/specs.ts";
import type { Debounce, Singleton, StartOptions } from "../sdk/run-handle.ts";
import { checkName } from "../sdk/task-options.ts";
import type { Client, StartedRun } from "./client.ts";
import type { NewRun } from "./create-run.ts";
import { type ResolvedDebounce, startDebounced } from "./debounced-start.ts";
import { checkKey, startOnce, startSingle } from "./keyed-start.ts";
import { lanesOf } from "./run-state.ts";

/** A flow by its definition, or by its name when other processes define it. */
export type Startable = FlowSpec | string;

/**
 * Creates a run for the workers, as the options say.
 * @throws EngineError INPUT_INVALID, OPTION_INVALID, OUTPUT_UNRECORDABLE, PAYLOAD_TOO_LARGE, COMMAND_REFUSED
 */
export async function startRun(
  client: Client,
  flow: Startable,
  input: unknown,
  options: StartOptions<never> = {},
): Promise<StartedRun> {
  checkOptions(options);
  const newRun = { ...(await toNewRun(client, flow, input, options)), startAt: startAtOf(options) };
  const { idempotencyKey, singleton, debounce } = options;
  if (idempotencyKey !== undefined) return startOnce(client, newRun, idempotencyKey);
  if (debounce !== undefined) return startDebounced(client, newRun, resolveDebounce(debounce, input));
  if (singleton === undefined) return client.start(newRun);
  const single: Singleton<never> = typeof singleton === "string" ? { mode: singleton } : singleton;
  return startSingle(client, newRun, { mode: single.mode, key: keyOf("singleton.key", single.key, input) });
}

const exclusive = ["idempotencyKey", "singleton", "debounce"] as const;
const modes: readonly string[] = ["skip", "queue", "cancel-running"];

function checkOptions(options: StartOptions<never>): void {
  const { singleton, startAt, delay, debounce } = options;
  const given = exclusive.filter((option) => options[option] !== undefined);
  if (given.length > 1) throw invalid(given.join(", "), "are alternatives: give one of them");
  if (startAt !== undefined && delay !== undefined)
    throw invalid("startAt, delay", "are alternatives: give one of them");
  if (debounce !== undefined && (startAt !== undefined || delay !== undefined))
    throw invalid("debounce", "says itself when the run begins: give no startAt and no delay");
  const mode = typeof singleton === "object" ? singleton.mode : singleton;
  if (mode !== undefined && !modes.includes(mode))
    throw invalid("singleton", `must be ${modes.join(", ")}, and is ${JSON.stringify(mode)}`);
}

function invalid(option: string, why: string): EngineError {
  return new EngineError("OPTION_INVALID", `${option}: ${why}.`, { option });
}

async function toNewRun(
  client: Client,
  flow: Startable,
  input: unknown,
  options: StartOptions<never>,
): Promise<NewRun> {
  const { name = null, tags = [], queue } = options;
  if (queue !== undefined) checkName("queue", queue);
  const shared = { input, source: process.argv[1] ?? null };
  if (typeof flow === "string") {
    checkName("flow", flow);
    return { ...shared, flow, queue: queue ?? (await servedQueue(client, flow)), tags, name, source: null };
  }
  const value = await flow.parse(input);
  const ownName = flow.runName === null ? null : String(invoke(flow.runName, [value]));
  const allTags = [...new Set([...flow.tags, ...tags])];
  return {
    ...shared,
    flow: flow.name,
    queue: queueOfRun(flow, queue ?? flow.queue),
    tags: allTags,
    name: name ?? ownName,
  };
}

/** The queue on which a live worker serves the flow; "default" when none does. */
async function servedQueue(client: Client, flow: string): Promise<string> {
  const workers = (await client.roster()).filter(({ isAlive, isLocal }) => isAlive && !isLocal);
  return workers.flatMap((card) => lanesOf(card, flow))[0] ?? "default";
}

function startAtOf({ startAt, delay }: StartOptions<never>): number | null {
  if (delay !== undefined) return Date.now() + toMs(delay);
  if (startAt === undefined) return null;
  const at = typeof startAt === "number" ? startAt : startAt.getTime();
  if (Number.isSafeInteger(at) && at >= 0) return at;
  throw invalid("startAt", "must be a Date or epoch milliseconds");
}

type Key = string | ((input: never) => string) | undefined;

function keyOf(option: string, key: Key, input: unknown): string {
  const text = typeof key === "function" ? invoke(key, [input]) : (key ?? "all");
  if (typeof text !== "string") throw invalid(option, "must be a text, or give one for the input");
  checkKey(option, text);
  return text;
}

function resolveDebounce({ key, wait, max }: Debounce<never>, input: unknown): ResolvedDebounce {
  return {
    key: keyOf("debounce.key", key, input),
    waitMs: toMs(wait),
    maxMs: max === undefined ? null : toMs(max),
  };
}
