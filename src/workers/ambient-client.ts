import type { FlowSpec } from "../engine/specs.ts";
import type { RunHandle, StartOptions } from "../sdk/run-handle.ts";
import { type Client, openClient } from "./client.ts";
import { ClientRun, toKnown, type UseClient } from "./client-run.ts";
import { systemClock } from "./clock.ts";
import { EndWatch } from "./end-watch.ts";
import { isLeftOut } from "./left-out-starts.ts";
import { startRun } from "./start-run.ts";

interface Ambient {
  readonly client: Client;
  readonly watch: EndWatch;
}

const lingerMs = 200; // one start often follows another; a script that has done all it wanted ends so much later

/** The client of a program that never asked for one: opened when it is needed, closed soon after. */
const ambient: { opening: Promise<Ambient> | null; users: number; forget: () => void } = {
  opening: null,
  users: 0,
  forget: () => undefined,
};

const useAmbient: UseClient = async (work) => {
  ambient.forget();
  ambient.users += 1;
  ambient.opening ??= open();
  const { opening } = ambient;
  try {
    const { client, watch } = await opening;
    return await work(client, watch);
  } finally {
    ambient.users -= 1;
    if (ambient.users === 0) ambient.forget = systemClock.after(lingerMs, () => void close(opening));
  }
};

async function open(): Promise<Ambient> {
  const client = await openClient();
  return { client, watch: new EndWatch(client.store, systemClock) };
}

async function close(opening: Promise<Ambient>): Promise<void> {
  if (ambient.opening === opening) ambient.opening = null;
  const opened = await opening.catch(() => null); // whoever asked for it has heard
  await opened?.watch.close();
  await opened?.client.close();
}

/** Creates a run for the workers, as `flow.start()` in a program does. */
export async function startAmbient(
  spec: FlowSpec,
  input: unknown,
  options: StartOptions<never> | undefined,
): Promise<RunHandle> {
  if (isLeftOut(spec.name)) return new Promise(() => undefined);
  const started = await useAmbient(async (client) => startRun(client, spec, input, options));
  return new ClientRun(toKnown(started), useAmbient);
}
