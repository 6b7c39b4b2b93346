import { z } from "zod";
import { EngineError } from "../../base/errors.ts";
import { readFlowCards } from "../../redis/flow-cards.ts";
import type { Client } from "../../workers/client.ts";

type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * Judges an input by what the newest worker has said of the flow, so that a form hears at once which field is wrong. Its
 * worker validates again, by the schema itself: what JSON Schema cannot say is judged there.
 * @throws EngineError INPUT_INVALID
 */
export async function checkFlowInput(client: Client, flow: string, input: unknown): Promise<void> {
  const { redis, namespace } = client.store;
  const card = (await readFlowCards(redis, namespace.name)).find((candidate) => candidate.flow === flow);
  const schema = card?.inputSchema ?? null;
  if (schema !== null) judge(`The input of flow ${flow}`, schema, input ?? {});
}

/** @throws EngineError INPUT_INVALID */
export async function checkSignalPayload(
  client: Client,
  run: string,
  { name, payload }: { readonly name: string; readonly payload: unknown },
): Promise<void> {
  const events = await client.events(run);
  const awaited = events.findLast((event) => event.type === "SignalAwaited" && event.data.name === name);
  if (awaited?.type !== "SignalAwaited" || awaited.data.form === null) return;
  const parsed = z.record(z.string(), z.unknown()).safeParse(JSON.parse(awaited.data.form));
  if (parsed.success) judge(`The payload of signal ${name}`, parsed.data, payload);
}

function judge(what: string, schema: JsonSchema, value: unknown): void {
  const zod = toZod(schema);
  const result = zod?.safeParse(value);
  if (result === undefined || result.success) return;
  const issues = result.error.issues.map(({ path, message }) => `${path.map(String).join(".")}: ${message}`);
  throw new EngineError("INPUT_INVALID", `${what} is invalid.`, { issues });
}

/** null = it says something that cannot be judged here. */
function toZod(schema: JsonSchema): z.ZodType | null {
  try {
    return z.fromJSONSchema(schema);
  } catch {
    return null; // the worker judges it
  }
}
