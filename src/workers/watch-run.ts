import type { FinalState } from "../engine/final-state.ts";
import { isEnding } from "../engine/history.ts";
import type { Event } from "../events/catalog.ts";
import { isType } from "../events/envelope.ts";
import { loggerFromEnvironment } from "../observe/logger.ts";
import type { RunOutline } from "../redis/list-runs.ts";
import type { Client } from "./client.ts";
import { displayOn } from "./display.ts";
import { endOf } from "./recorded-values.ts";
import { isAtEnd, isServed } from "./run-state.ts";

/** How a run came to rest, for whoever waits for it. */
export type RunOutcome =
  | { readonly how: "ended"; readonly state: FinalState }
  | { readonly how: "blocked"; readonly message: string }
  | { readonly how: "left" }; // the watcher gave up; the run goes on

export interface WatchedRun {
  readonly run: string;
  readonly created: Event<"RunCreated">;
}

const lookAroundMs = 5_000;

/**
 * Shows what happens to a run, in the lines of a local run, until it ends or is blocked. Says so when nobody is
 * there who could continue it.
 */
export async function watchRun(
  client: Client,
  watched: WatchedRun,
  signal: AbortSignal,
): Promise<RunOutcome> {
  const logger = loggerFromEnvironment();
  const { observe } = displayOn(logger);
  const { run, created } = watched;
  const { name, flow, tags, queue, traceparent } = created.data;
  const info = { id: run, name, flow, tags, traceparent };
  let isWarned = false;
  let blocked: string | null = null;
  for await (const events of client.follow(run, signal, lookAroundMs)) {
    observe(info, events);
    const end = isAtEnd(events) ? events.findLast(isEnding) : undefined;
    if (end !== undefined) return { how: "ended", state: await endOf(end, run, client) };
    for (const event of events) {
      if (isType(event, "RunBlocked")) blocked = event.data.message;
      if (isType(event, "RunUnblocked")) blocked = null;
    }
    if (blocked !== null) return { how: "blocked", message: blocked };
    if (events.length > 0 || isWarned) continue;
    isWarned = !(await isLookedAfter(client, run, { flow, queue }));
    if (isWarned)
      logger.warn(
        { run, runName: name, flow },
        `No live worker serves flow '${flow}' on queue '${queue}': the run waits for one.`,
      );
  }
  return { how: "left" };
}

async function isLookedAfter(
  client: Client,
  run: string,
  lane: { readonly flow: string; readonly queue: string },
): Promise<boolean> {
  const [roster, outline] = await Promise.all([client.roster(), client.outline(run)]);
  const owner = outline?.open?.owner?.worker;
  return isServed(roster, lane.flow, lane.queue) || roster.some(({ id, isAlive }) => isAlive && id === owner);
}

/** The state of an ended run with its result, from its history; null = it has not ended. */
export async function outcomeOf(
  client: Client,
  { run, last }: Pick<RunOutline, "run" | "last">,
): Promise<FinalState | null> {
  return isEnding(last) ? endOf(last, run, client) : null;
}
