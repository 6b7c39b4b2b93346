import { EngineError } from "../base/errors.ts";
import { pauseOf } from "../engine/pause-of.ts";
import type { Event } from "../events/catalog.ts";
import { RunPaused, RunResumed } from "../events/run-events.ts";
import type { Client } from "./client.ts";
import { runNotFound } from "./find-run.ts";
import { tellRun } from "./tell-run.ts";

export type PauseOutcome =
  | "paused" // what is under way ends, nothing new begins
  | "already"; // it was paused before

/**
 * Asks a run to stand still until somebody resumes it. What its tasks do now ends and is recorded; signals are kept.
 * A request to cancel lets it go on, so that it can clean up.
 * @throws EngineError RUN_CLOSED, RUN_NOT_FOUND
 */
export async function pauseRun(client: Client, run: string, reason: string | null): Promise<PauseOutcome> {
  const { pausedAt, position } = await lookAt(client, run);
  if (pausedAt !== null) return "already";
  await tell(client, run, RunPaused.make({ reason }), `pause ${position}`);
  return "paused";
}

/**
 * Lets a paused run go on.
 * @throws EngineError COMMAND_REFUSED when it is not paused, RUN_CLOSED, RUN_NOT_FOUND
 */
export async function letGoOn(client: Client, run: string, reason: string | null): Promise<void> {
  const { pausedAt } = await lookAt(client, run);
  if (pausedAt === null)
    throw new EngineError(
      "COMMAND_REFUSED",
      `Run ${run} is not paused. How it is: millrace runs get ${run}`,
      {
        run,
      },
    );
  await tell(client, run, RunResumed.make({ reason }), `resume ${pausedAt}`); // two at once are one
}

export async function isPaused(client: Client, run: string): Promise<boolean> {
  return (await lookAt(client, run)).pausedAt !== null;
}

interface Look {
  readonly pausedAt: number | null; // position of the pause; null = it is not paused
  readonly position: number; // of the newest event
}

async function lookAt(client: Client, run: string): Promise<Look> {
  const events = await client.events(run);
  const last = events.at(-1);
  if (last === undefined) throw runNotFound(run);
  return { pausedAt: pauseOf(events)?.position ?? null, position: last.position };
}

async function tell(client: Client, run: string, event: Event, dedupeKey: string): Promise<void> {
  await tellRun(client, { run, event: () => event, dedupeKey });
}
