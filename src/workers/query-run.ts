import { EngineError } from "../base/errors.ts";
import { fingerprint } from "../base/recordable.ts";
import { reviveError } from "../base/recorded-error.ts";
import { decodeValue, encodeValue } from "../events/codec.ts";
import { Channels, tell } from "../redis/channels.ts";
import { type Query, QueryAnswer } from "./answer-query.ts";
import type { Client } from "./client.ts";
import { systemClock } from "./clock.ts";
import { runNotFound } from "./find-run.ts";
import { newId } from "./ids.ts";
import { closed, continuedAs } from "./tell-run.ts";
import { Waker } from "./waker.ts";

export interface Look {
  readonly run: string;
  readonly name: string; // of the query
  readonly input: unknown;
  readonly timeoutMs: number;
}

const againMs = 100; // the owner may have changed, or the run be repeated; an answer may get lost

/**
 * Asks the owner of a run for what its flow shows by `onQuery`; a parked run is woken for it. Nothing is recorded.
 * @throws EngineError COMMAND_REFUSED when the flow has no such query, or its function threw; RUN_CLOSED, WAIT_TIMED_OUT
 */
export async function queryRun(client: Client, look: Look): Promise<unknown> {
  const { name, timeoutMs } = look;
  const what = `The input of query ${name}`;
  fingerprint(look.input, what);
  const { address, namespace } = client.store;
  const channels = new Channels(address, namespace.name);
  const waker = new Waker();
  const id = newId();
  const heard: QueryAnswer[] = [];
  let { run } = look;
  try {
    await channels.onTold(`answer:${id}`, (text) => {
      heard.push(QueryAnswer.parse(JSON.parse(text)));
      waker.wake();
    });
    const deadline = systemClock.now() + timeoutMs;
    const input = Buffer.from(encodeValue(look.input)).toString("base64");
    while (systemClock.now() < deadline) {
      run = await ask(client, { id, run, name, input });
      await waker.wait(againMs, systemClock);
      const answer = heard.splice(0).find(({ how }) => how !== "early");
      if (answer !== undefined) return outputOf(answer, run, name);
      await new Waker().wait(againMs / 4, systemClock); // it is early: a repetition takes its time
    }
    throw new EngineError(
      "WAIT_TIMED_OUT",
      `Run ${run} has not answered query '${name}' within ${timeoutMs} ms.`,
      {
        run,
        query: name,
      },
    );
  } finally {
    channels.close();
  }
}

/** Asks whoever owns the run, or sees to it that somebody does. @returns the run: that, or the one that it goes on as */
async function ask(client: Client, query: Query): Promise<string> {
  const outline = await client.outline(query.run);
  if (outline === null) throw runNotFound(query.run);
  const { run, open, created } = outline;
  if (open === null) {
    const next = await continuedAs(client, outline);
    if (next === null) throw closed(outline);
    return next;
  }
  const { redis, namespace } = client.store;
  const { flow, queue } = created.data;
  if (open.owner === null) await client.hint({ run, flow, queue, cause: `ask-${query.id}` });
  else await tell(redis, namespace.name, { to: `ask:${open.owner.worker}`, text: JSON.stringify(query) });
  return run;
}

function outputOf(answer: QueryAnswer, run: string, name: string): unknown {
  if (answer.how === "answered")
    return decodeValue(Buffer.from(answer.output, "base64"), `The answer to query ${name} of run ${run}`);
  const isThrown = answer.how === "failed";
  const names = answer.how === "unknown" ? answer.names.join(", ") : "";
  const text = isThrown
    ? `Query '${name}' of run ${run} threw: ${answer.error.message}`
    : `Run ${run} has no query '${name}'. It has: ${names}.`;
  const cause = isThrown ? reviveError(answer.error) : undefined;
  throw new EngineError("COMMAND_REFUSED", text, { run, query: name }, cause);
}
