import { EngineError, isEngineError } from "../base/errors.ts";
import type { StartManyOptions } from "../sdk/run-handle.ts";
import type { Client, StartedRun } from "./client.ts";
import { type Startable, startRun } from "./start-run.ts";

const atOnce = 200; // commits of one moment travel together

/**
 * Creates a run for each input, in their order. All inputs are validated before the first run is made.
 * @throws EngineError INPUT_INVALID with the index of the input, and all that `startRun` throws: what was made before
 * stays, and is found again by the same keys
 */
export async function startMany(
  client: Client,
  flow: Startable,
  inputs: readonly unknown[],
  { key, ...options }: StartManyOptions<never> = {},
): Promise<readonly StartedRun[]> {
  if (typeof flow !== "string")
    for (const [index, input] of inputs.entries()) await checkInput(flow, input, index);
  const started: StartedRun[] = [];
  for (let next = 0; next < inputs.length; next += atOnce) {
    const part = inputs.slice(next, next + atOnce).map(async (input, index) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the caller's own function, for the caller's inputs
      const own = key === undefined ? {} : { idempotencyKey: key(input as never, next + index) };
      return startRun(client, flow, input, { ...options, ...own });
    });
    started.push(...(await Promise.all(part)));
  }
  return started;
}

async function checkInput(flow: Exclude<Startable, string>, input: unknown, index: number): Promise<void> {
  try {
    await flow.parse(input);
  } catch (error) {
    if (!isEngineError(error)) throw error;
    const message = `Input ${index} of ${flow.name}: ${error.message} No run was made.`;
    throw new EngineError("INPUT_INVALID", message, { ...error.details, index });
  }
}
