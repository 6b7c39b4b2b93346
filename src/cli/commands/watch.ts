import { foldPicture } from "../../projections/fold-picture.ts";
import { newPicture, type RunPicture } from "../../projections/run-picture.ts";
import { type Client, openExisting } from "../../workers/client.ts";
import { onInterrupt } from "../../workers/interrupt.ts";
import { isAtEnd } from "../../workers/run-state.ts";
import { outcomeOf, type RunOutcome, type WatchedRun, watchRun } from "../../workers/watch-run.ts";
import { toIso } from "../format.ts";
import { countRow, liveRows } from "../live-rows.ts";
import { type Screen, treeLines } from "../live-tree.ts";
import { exits, printOutcome } from "../outcome.ts";
import { colorsOf, out } from "../print.ts";
import { Rewriter } from "../rewrite.ts";
import { toLine } from "../to-json.ts";

export interface WatchCommand {
  readonly json?: boolean;
}

/** `millrace runs watch RUN`: its calls and how far they are, until it ends; then its result. */
export async function watchCommand(reference: string, { json = false }: WatchCommand): Promise<number> {
  const client = await openExisting();
  const watching = new AbortController();
  const calm = onInterrupt(() => watching.abort());
  try {
    const { run, created } = await client.find(reference);
    const { name, flow } = created.data;
    if (json) return await watchAsJson(client, run, watching.signal);
    const outcome = await watchForPeople(client, { run, created }, watching.signal);
    return printOutcome(outcome, { run, name, flow }, false);
  } finally {
    calm();
    await client.close();
  }
}

const tickMs = 1_000; // durations go on although nothing happens

/** On a terminal the calls of a run, rewritten in place; else line by line what happens; until it ends or is blocked. */
export async function watchForPeople(
  client: Client,
  watched: WatchedRun,
  signal: AbortSignal,
): Promise<RunOutcome> {
  if (!process.stderr.isTTY) return watchRun(client, watched, signal);
  const blocked = await watchAsTree(client, watched.run, signal);
  if (blocked !== null) return { how: "blocked", message: blocked };
  const state = await outcomeOf(client, await client.find(watched.run));
  return state === null ? { how: "left" } : { how: "ended", state };
}

/** @returns what stands in the way of the run; null = it has ended, or the signal came */
async function watchAsTree(client: Client, run: string, signal: AbortSignal): Promise<string | null> {
  const picture = newPicture(run);
  const screen = new Rewriter(process.stderr, () => treeLines(picture, Date.now(), screenNow()));
  try {
    for await (const events of client.follow(run, signal, tickMs)) {
      for (const event of events) foldPicture(picture, event);
      screen.touch();
      if (isAtEnd(events)) return null;
      if (picture.summary.blocked !== null) return picture.summary.blocked;
    }
    return null;
  } finally {
    screen.end();
  }
}

function screenNow(): Screen {
  const { columns, rows } = process.stderr;
  const isPlain = process.env["TERM"] === "dumb";
  return { columns, rows, isPlain, colors: colorsOf(process.stderr) };
}

/** One JSON object for each commit, until the run ends. */
async function watchAsJson(client: Client, run: string, signal: AbortSignal): Promise<number> {
  const picture = newPicture(run);
  for await (const events of client.follow(run, signal, tickMs)) {
    for (const event of events) foldPicture(picture, event);
    if (events.length > 0) out(toLine(toProgress(picture)));
    if (isAtEnd(events)) return picture.summary.state === "COMPLETED" ? exits.ok : exits.runFailed;
  }
  return exits.interrupted;
}

function toProgress(picture: RunPicture): unknown {
  const { run, name, flow, position, state, stateName, message, updatedAt } = picture.summary;
  const rows = liveRows(picture).map((row) => ({ name: row.name, ...countRow(row) }));
  const at = toIso(updatedAt);
  return { v: 1, run, name, flow, position, at, state: { type: state, name: stateName, message }, rows };
}
