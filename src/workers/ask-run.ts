import { EngineError } from "../base/errors.ts";
import { fingerprint } from "../base/recordable.ts";
import { reviveError } from "../base/recorded-error.ts";
import { isEnding } from "../engine/history.ts";
import { decodeValue, encodeValue } from "../events/codec.ts";
import { isType, type RecordedEvent } from "../events/envelope.ts";
import { UpdateRequested } from "../events/signal-events.ts";
import { followRun } from "../redis/follow-run.ts";
import type { Client } from "./client.ts";
import { tellRun } from "./tell-run.ts";

export interface Question {
  readonly run: string;
  readonly name: string; // of the update
  readonly id: string; // the same id is one request
  readonly input: unknown;
  readonly timeoutMs: number | null; // null = none
}

const pauseMs = 5_000;

/**
 * Records a request in a run and waits for its answer.
 * @throws EngineError COMMAND_REFUSED with the flow's error as its cause, RUN_CLOSED, WAIT_TIMED_OUT
 */
export async function askRun(client: Client, question: Question): Promise<unknown> {
  const { name, id, input, timeoutMs } = question;
  const what = `The input of update ${name}`;
  fingerprint(input, what);
  const heard = await tellRun(client, {
    run: question.run,
    event: async (run) =>
      UpdateRequested.make({
        name,
        id,
        input: await client.payloads.put(run, encodeValue(input), what, null),
      }),
    dedupeKey: `update ${id}`,
  });
  const { run, answer } = heard;
  const late = timeoutMs === null ? null : AbortSignal.timeout(timeoutMs);
  const { address, namespace } = client.store;
  const slice = { run, after: answer.position };
  const signal = late ?? new AbortController().signal;
  for await (const events of followRun(address, namespace, slice, { signal, pauseMs })) {
    for (const event of events) {
      if (isType(event, "UpdateAnswered") && event.data.key === id) return answerOf(client, question, event);
      if (isEnding(event)) throw unanswered(run, name);
    }
  }
  const text = `Run ${run} has not answered update '${name}' within ${timeoutMs ?? 0} ms. The request is kept.`;
  throw new EngineError("WAIT_TIMED_OUT", text, { run, update: name });
}

async function answerOf(
  client: Client,
  { name }: Question,
  { run, data }: RecordedEvent<"UpdateAnswered">,
): Promise<unknown> {
  const { output, error } = data;
  if (error !== null) {
    const text = `Run ${run} refused update '${name}': ${error.message}`;
    throw new EngineError("COMMAND_REFUSED", text, { run, update: name }, reviveError(error));
  }
  if (output === null) return undefined;
  const [bytes] = await client.payloads.get(run, [output]);
  return bytes === undefined ? undefined : decodeValue(bytes, `The answer to update ${name} of run ${run}`);
}

function unanswered(run: string, name: string): EngineError {
  const text = `Run ${run} ended before it answered update '${name}'.`;
  return new EngineError("RUN_CLOSED", text, { run, update: name });
}
