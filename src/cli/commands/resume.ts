import { existsSync } from "node:fs";
import { EngineError } from "../../base/errors.ts";
import { findFlow } from "../../sdk/registry.ts";
import { type Client, openExisting } from "../../workers/client.ts";
import { isPaused, letGoOn } from "../../workers/pause-run.ts";
import { resumeHere, untilOwnerIsGone } from "../../workers/resume-here.ts";
import { openSteps, type StepReport } from "../../workers/run-report.ts";
import { isServed } from "../../workers/run-state.ts";
import { outcomeOf, type RunOutcome } from "../../workers/watch-run.ts";
import { loadFlows } from "../load-flows.ts";
import { exits, printOutcome } from "../outcome.ts";
import { note } from "../print.ts";
import { requireFlow } from "./run.ts";

export interface ResumeCommand {
  readonly file?: string;
  readonly reason?: string; // of a paused run that goes on
  readonly json?: boolean;
}

/** `millrace resume RUN`: continues a run in this process, in the foreground. */
export async function resumeCommand(
  reference: string,
  { file, reason = "millrace resume", json = false }: ResumeCommand,
): Promise<number> {
  const client = await openExisting();
  try {
    const { run, created } = await client.find(reference);
    const { name, flow } = created.data;
    if (await goesOnElsewhere(client, run, reason)) return exits.ok;
    const outcome = (await ended(client, run)) ?? (await resume(client, run, file));
    const final = outcome.how === "left" ? ((await ended(client, run)) ?? outcome) : outcome;
    return printOutcome(final, { run, name, flow }, json);
  } finally {
    await client.close();
  }
}

/** A paused run is let go on: by the workers of its flow, and where there are none, here. */
async function goesOnElsewhere(client: Client, run: string, reason: string): Promise<boolean> {
  if (!(await isPaused(client, run))) return false;
  await letGoOn(client, run, reason);
  const { created } = await client.find(run);
  const { name, flow, queue } = created.data;
  if (!isServed(await client.roster(), flow, queue)) return false;
  note(`Resumed run '${name}' of flow '${flow}', ${run}; the workers go on with it.`);
  return true;
}

async function ended(client: Client, run: string): Promise<RunOutcome | null> {
  const outline = await client.find(run);
  const state = await outcomeOf(client, outline);
  if (state === null) return null;
  const { type, name, message } = state;
  note(
    `Run '${outline.created.data.name}' has ended: ${name} (${type})${message === null ? "" : `: ${message}`}`,
  );
  return { how: "ended", state };
}

async function resume(client: Client, run: string, file: string | undefined): Promise<RunOutcome> {
  const { created, open } = await client.find(run);
  const { flow, queue, source } = created.data;
  if (open?.owner !== null && open !== null) {
    await untilOwnerIsGone(client, run, open.owner, (owner) =>
      note(`Held by ${owner}. Waiting up to 5 s to see whether that process is alive …`),
    );
  }
  const path = sourceOf(run, file, source);
  requireFlow(flow, await loadFlows([path]), path);
  const waiting = openSteps(await client.events(run));
  note(`Continuing flow run '${created.data.name}' of flow '${flow}', ${run}${describeOpen(waiting)}`);
  return resumeHere(findFlow(flow), { run, queue, isBlocked: open?.isBlocked === true });
}

/** What the run was about to do: a long sleep is worth knowing. */
function describeOpen(steps: readonly StepReport[]): string {
  if (steps.length === 0) return "";
  const names = steps.slice(0, 3).map(({ name, state }) => `${name} (${state})`);
  return `; open: ${names.join(", ")}${steps.length > 3 ? ` and ${steps.length - 3} more` : ""}`;
}

function sourceOf(run: string, file: string | undefined, source: string | null): string {
  if (file !== undefined) return file;
  if (source !== null && existsSync(source)) return source;
  const why =
    source === null ? "The run does not say which file defines its flow" : `${source} is not there any more`;
  throw new EngineError("FLOW_FILE_UNUSABLE", `${why}. Name the file: millrace resume ${run} --file FILE`, {
    run,
  });
}
