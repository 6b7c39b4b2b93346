import { EngineError } from "../base/errors.ts";
import { isRunId } from "../base/ids.ts";
import { newestRuns, type RunOutline, readOutline, readOutlineIfReadable } from "../redis/list-runs.ts";
import type { Store } from "./settings.ts";

type Place = Pick<Store, "redis" | "namespace">;

const looksLikeId = /^\d[\dA-Z]*$/i; // a ULID begins with its time, an id that follows from a key with 9

/**
 * Finds a run by its id, the beginning of its id (in any case), or its name (then the newest of that name).
 * @throws EngineError RUN_NOT_FOUND, or OPTION_INVALID when the beginning fits several
 */
export async function findRun(place: Place, reference: string): Promise<RunOutline> {
  const { redis, namespace } = place;
  for (const id of new Set([reference, reference.toUpperCase()])) {
    const exact = isRunId(id) ? await readOutline(redis, namespace, id) : null;
    if (exact !== null) return exact;
  }
  const only = looksLikeId.test(reference) ? await findPrefix(place, reference) : null;
  const found = only === null ? await findNamed(place, reference) : await readOutline(redis, namespace, only);
  if (found !== null) return found;
  throw runNotFound(reference);
}

export function runNotFound(reference: string): EngineError {
  const text = `There is no run "${reference}". See which there are: millrace runs ls`;
  return new EngineError("RUN_NOT_FOUND", text, { run: reference });
}

async function findPrefix({ redis, namespace }: Place, reference: string): Promise<string | null> {
  const prefix = reference.toUpperCase();
  const fitting: string[] = [];
  for await (const run of newestRuns(redis, namespace)) {
    if (run.toUpperCase().startsWith(prefix)) fitting.push(run);
    if (fitting.length === 2) throw ambiguous(reference, fitting);
  }
  return fitting[0] ?? null;
}

function ambiguous(reference: string, runs: readonly string[]): EngineError {
  const text = `Several runs begin with "${reference}", as ${runs.join(" and ")}. Give more of the id, or the name.`;
  return new EngineError("OPTION_INVALID", text, { run: reference });
}

async function findNamed({ redis, namespace }: Place, name: string): Promise<RunOutline | null> {
  let page: string[] = [];
  const lookThrough = async (): Promise<RunOutline | null> => {
    const outlines = await Promise.all(page.map(async (run) => readOutlineIfReadable(redis, namespace, run)));
    page = [];
    return outlines.find((outline) => outline?.created.data.name === name) ?? null;
  };
  for await (const run of newestRuns(redis, namespace)) {
    if (page.push(run) < 100) continue;
    const found = await lookThrough();
    if (found !== null) return found;
  }
  return lookThrough();
}
