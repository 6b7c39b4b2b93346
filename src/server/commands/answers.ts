import { EngineError } from "../../base/errors.ts";
import { cancelRun } from "../../workers/cancel-run.ts";
import type { Client } from "../../workers/client.ts";
import { sendSignal } from "../../workers/client-run.ts";
import { forkRun } from "../../workers/fork-run.ts";
import { letGoOn, pauseRun } from "../../workers/pause-run.ts";
import { retryRun } from "../../workers/retry-run.ts";
import { startRun } from "../../workers/start-run.ts";
import { unblockRun } from "../../workers/unblock-run.ts";
import type { Answerer } from "../ask.ts";
import { checkFlowInput, checkSignalPayload } from "./check-value.ts";

/** Position of the newest event of a run: what a command has written is there, or before. */
async function newestOf(client: Client, run: string): Promise<number> {
  const outline = await client.outline(run);
  return outline?.last.position ?? 1;
}

export const answerStart: Answerer<"start"> = async ({ body, client }) => {
  const { flow, input, ...options } = body;
  await checkFlowInput(client, flow, input);
  const { name, queue, tags, idempotencyKey, startAt } = options;
  const started = await startRun(client, flow, input, {
    ...(name === undefined ? {} : { name }),
    ...(queue === undefined ? {} : { queue }),
    ...(tags === undefined ? {} : { tags }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(startAt === undefined ? {} : { startAt }),
  });
  const { run, isNew } = started;
  return { run, name: started.name, isNew, position: await newestOf(client, run) };
};

export const answerCancel: Answerer<"cancel"> = async ({ params, body, client }) => {
  const { run } = await client.find(params.run);
  const outcome = await cancelRun(client, run, body.reason ?? null);
  return { run, outcome, position: await newestOf(client, run) };
};

export const answerRetry: Answerer<"retry"> = async ({ params, body, client }) => {
  const { run } = await client.find(params.run);
  const { attempt, kept } = await conflicting(async () => retryRun(client, run, body.reason ?? null));
  return { run, attempt, kept, position: await newestOf(client, run) };
};

export const answerFork: Answerer<"fork"> = async ({ params, body, client }) => {
  const { run: from } = await client.find(params.run);
  const { task, args, position } = body;
  const turn = position === undefined ? body.turn : await turnAt(client, from, position);
  const forked = await forkRun(client, from, {
    ...(turn === undefined ? {} : { turn }),
    ...(task === undefined ? {} : { task }),
    ...(args === undefined ? {} : { args }),
  });
  const { run, name } = forked;
  return { run, name, from, shared: forked.position, position: await newestOf(client, run) };
};

/** The last turn at or before an event; 0 = there is none. */
async function turnAt(client: Client, run: string, position: number): Promise<number> {
  const turn = (await client.events(run)).findLast(
    (event) => event.type === "TurnTaken" && event.position <= position,
  );
  return turn?.type === "TurnTaken" ? turn.data.n : 0;
}

export const answerSignal: Answerer<"signal"> = async ({ params, body, client }) => {
  const { run } = await client.find(params.run);
  const { name, payload, key = null } = body;
  await checkSignalPayload(client, run, { name, payload });
  await sendSignal(client, { run, signal: name, payload, key });
  return { run, position: await newestOf(client, run) };
};

export const answerUnblock: Answerer<"unblock"> = async ({ params, body, client }) => {
  const outline = await client.find(params.run);
  const { run } = outline;
  await conflicting(async () =>
    unblockRun(client, outline, body.reason ?? "Somebody asked for another try."),
  );
  return { run, position: await newestOf(client, run) };
};

export const answerPause: Answerer<"pause"> = async ({ params, body, client }) => {
  const { run } = await client.find(params.run);
  await pauseRun(client, run, body.reason ?? null);
  return { run, position: await newestOf(client, run) };
};

export const answerResume: Answerer<"resume"> = async ({ params, body, client }) => {
  const { run } = await client.find(params.run);
  await conflicting(async () => letGoOn(client, run, body.reason ?? null));
  return { run, position: await newestOf(client, run) };
};

/** A command that the state of the run does not allow conflicts with what somebody else did. */
async function conflicting<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== "COMMAND_REFUSED") throw error;
    throw new EngineError("STATE_CONFLICT", error.message, error.details, error);
  }
}
