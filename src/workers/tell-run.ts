import { EngineError } from "../base/errors.ts";
import type { CommitAnswer } from "../engine/run-log.ts";
import type { Event } from "../events/catalog.ts";
import { isType } from "../events/envelope.ts";
import type { RunOutline } from "../redis/list-runs.ts";
import type { Client } from "./client.ts";
import { runNotFound } from "./find-run.ts";
import { OtherRuns, successorOf } from "./other-runs.ts";
import { RunInfos } from "./run-infos.ts";
import { finalState } from "./run-state.ts";

/** A fact that somebody outside wants to tell a run. */
export interface Told {
  readonly run: string;
  readonly event: (run: string) => Event | Promise<Event>; // the run may be another one: it was continued
  readonly dedupeKey: string;
}

export interface Heard {
  readonly run: string; // that recorded it
  readonly answer: CommitAnswer;
}

/**
 * Records a fact, and wakes whoever owns the run, or hints it to its queue. A run that goes on as a new one is told
 * there. The same dedupe key twice is recorded once.
 * @throws EngineError RUN_CLOSED saying how the run ended, RUN_NOT_FOUND
 */
export async function tellRun(client: Client, { run, event, dedupeKey }: Told): Promise<Heard> {
  for (let current = run; ; ) {
    const fact = { run: current, actor: client.actor, events: [await event(current)], dedupeKey };
    const answer = await client.log.append({ ...fact, seen: -1, wakeInMs: 0, attempt: null, unblock: false });
    if (answer.status !== "closed") {
      if (answer.owner === "") await hintRun(client, current, String(answer.position));
      return { run: current, answer };
    }
    const outline = await client.outline(current);
    if (outline === null) throw runNotFound(current);
    const next = await continuedAs(client, outline);
    if (next === null) throw closed(outline);
    current = next;
  }
}

async function hintRun(client: Client, run: string, cause: string): Promise<void> {
  const created = await client.log.readEvent(run, 1);
  if (created === null || !isType(created, "RunCreated")) return;
  const { flow, queue } = created.data;
  await client.hint({ run, flow, queue, cause });
}

/**
 * The run that an ended run goes on as; null = it does not. Whoever ended it makes that run in a moment, unless they
 * died: it is made here, so that it can be told something.
 */
export async function continuedAs(
  client: Client,
  { run, last }: Pick<RunOutline, "run" | "last">,
): Promise<string | null> {
  const next = await successorOf(client.log, run, last.position);
  if (next !== null && (await client.log.readEvent(next, 1)) === null) await othersOf(client).tellOthers(run);
  return next;
}

function othersOf(client: Client): OtherRuns {
  const { actor, log, payloads, queues, store } = client;
  const infos = new RunInfos(store.redis, store.namespace);
  return new OtherRuns({ actor, log, payloads, queues, infos, clock: Date });
}

/** The refusal of a run that has ended. */
export function closed({ run, created, last }: RunOutline): EngineError {
  const { name } = created.data;
  const state = finalState(last);
  const message = state?.message ?? null;
  const how =
    state === null ? "has ended" : `has ended: ${state.name}${message === null ? "" : ` (${message})`}`;
  return new EngineError("RUN_CLOSED", `Run '${name}' (${run}) ${how}. Nothing was recorded.`, {
    run,
    state: state?.name ?? null,
    type: state?.type ?? null,
  });
}
