import { z } from "zod";
import { findUnrecordable } from "../base/recordable.ts";
import { recordError } from "../base/recorded-error.ts";
import { decodeValue, encodeValue } from "../events/codec.ts";
import { ErrorField } from "../events/fields.ts";
import { tell } from "../redis/channels.ts";
import type { Namespace } from "../redis/keys.ts";
import type { RedisConnection } from "../redis/script.ts";
import type { OpenedRun } from "./open-run.ts";

/** What somebody wants to know of a run, as it travels to the owner of the run. */
export const Query = z.object({
  id: z.string(),
  run: z.string(),
  name: z.string(),
  input: z.string(), // bytes in base64
});
export type Query = z.output<typeof Query>;

/** What the owner says to it. */
export const QueryAnswer = z.discriminatedUnion("how", [
  z.object({ how: z.literal("answered"), output: z.string() }), // bytes in base64
  z.object({ how: z.literal("failed"), error: ErrorField }), // the function threw
  z.object({ how: z.literal("unknown"), names: z.array(z.string()) }), // the flow has no such query
  z.object({ how: z.literal("early") }), // the run is not here yet, or is being repeated
]);
export type QueryAnswer = z.output<typeof QueryAnswer>;

interface Answering {
  readonly redis: RedisConnection;
  readonly namespace: Namespace;
  readonly display: { readonly trouble: (error: unknown) => void };
}

/** Answers a query for a run of this process; the run does not notice. */
export function answerQuery(
  { redis, namespace, display }: Answering,
  text: string,
  live: ReadonlyMap<string, Pick<OpenedRun, "execution">>,
): void {
  try {
    const query = Query.parse(JSON.parse(text));
    const answer = read(query, live.get(query.run));
    const told = { to: `answer:${query.id}`, text: JSON.stringify(answer) } as const;
    tell(redis, namespace.name, told).catch(display.trouble);
  } catch (error) {
    display.trouble(error);
  }
}

function read({ name, input }: Query, opened: Pick<OpenedRun, "execution"> | undefined): QueryAnswer {
  if (opened === undefined || opened.execution.replaying) return { how: "early" };
  const { queries } = opened.execution;
  const look = queries.get(name);
  if (look === undefined)
    return queries.size === 0 ? { how: "early" } : { how: "unknown", names: [...queries.keys()] };
  try {
    const output = look(decodeValue(Buffer.from(input, "base64"), `The input of query ${name}`));
    const refusal = findUnrecordable(output);
    if (refusal !== null)
      throw new TypeError(`What query ${name} gives cannot travel: ${refusal.path} is ${refusal.why}`);
    return { how: "answered", output: Buffer.from(encodeValue(output)).toString("base64") };
  } catch (error) {
    return { how: "failed", error: recordError(error) };
  }
}
