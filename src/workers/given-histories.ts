import { EngineError, isEngineError } from "../base/errors.ts";
import type { PayloadStore } from "../engine/run-log.ts";
import { fromStored } from "../stores/formats.ts";
import { placeOf } from "../stores/placed-payloads.ts";
import type { Client } from "./client.ts";
import { findHistoryFiles, readHistoryFile } from "./find-history-files.ts";
import {
  eventsOf,
  type HistoryHeader,
  parseHeader,
  parseHistory,
  type StoredHistory,
} from "./history-file.ts";
import type { GivenHistory } from "./replay-history.ts";

/** Which of the histories that there are. */
export interface HistoryChoice {
  readonly flows: readonly string[];
  readonly runs: readonly string[]; // ids, beginnings of ids, names; empty = the newest
  readonly last: number; // at most so many, when no runs are named
}

/**
 * Histories of a namespace, newest first. Reads the ends of every run on the way to the last one it gives. A run whose
 * first event cannot be read may be of any flow, so it is given too.
 * @throws EngineError RUN_NOT_FOUND
 */
export async function* storedHistories(
  client: Client,
  { flows, runs, last }: HistoryChoice,
): AsyncGenerator<GivenHistory, void, void> {
  if (runs.length > 0) {
    for (const reference of runs) yield await named(client, reference);
    return;
  }
  let left = last;
  for await (const page of pagesOf(client)) {
    for (const given of await Promise.all(page.map(async (run) => outlined(client, run)))) {
      if (left === 0) return;
      if (given.flow !== "" && !flows.includes(given.flow)) continue;
      left -= 1;
      yield given;
    }
    if (left === 0) return;
  }
}

const pageSize = 50;

async function* pagesOf(client: Client): AsyncGenerator<readonly string[], void, void> {
  let page: string[] = [];
  for await (const run of client.newest()) {
    page.push(run);
    if (page.length < pageSize) continue;
    yield page;
    page = [];
  }
  yield page;
}

async function named(client: Client, reference: string): Promise<GivenHistory> {
  const { run, created } = await client.find(reference);
  return stored(client, run, created.data);
}

async function outlined(client: Client, run: string): Promise<GivenHistory> {
  const outline = await client.outline(run);
  return stored(client, run, outline === null ? { name: "", flow: "" } : outline.created.data);
}

function stored(
  client: Client,
  run: string,
  { name, flow }: { readonly name: string; readonly flow: string },
): GivenHistory {
  return { run, name, flow, events: async () => client.events(run), payloads: readOnly(client.payloads) };
}

function readOnly(payloads: PayloadStore): Pick<PayloadStore, "get"> {
  return { get: async (run, wanted) => payloads.get(run, wanted) };
}

interface Filed {
  readonly file: string;
  readonly header: HistoryHeader | null; // null = it cannot be read
}

/**
 * Histories of exported files, newest first; those that cannot be read come first.
 * @throws EngineError OPTION_INVALID when there is nothing at a path, RUN_NOT_FOUND
 */
export function filedHistories(
  paths: readonly string[],
  { flows, runs, last }: HistoryChoice,
): readonly GivenHistory[] {
  const all = findHistoryFiles(paths).map((file): Filed => ({ file, header: headerOf(file) }));
  if (runs.length > 0) return runs.map((reference) => pick(all, reference)).map(toGiven);
  return all
    .filter(({ header }) => header === null || flows.includes(header.flow))
    .toSorted((one, other) => createdAt(other) - createdAt(one))
    .slice(0, last)
    .map(toGiven);
}

const createdAt = ({ header }: Filed): number => header?.createdAt ?? Number.MAX_VALUE;

function headerOf(file: string): HistoryHeader | null {
  try {
    return parseHeader(readHistoryFile(file), file);
  } catch (error) {
    if (isEngineError(error, "EVENT_UNREADABLE")) return null; // said when it is replayed
    throw error;
  }
}

function pick(all: readonly Filed[], reference: string): Filed {
  const fits = ({ header }: Filed): boolean =>
    header !== null &&
    ([header.run, header.name].includes(reference) || header.run.startsWith(reference.toUpperCase()));
  const found = all.filter(fits).toSorted((one, other) => createdAt(other) - createdAt(one))[0];
  if (found !== undefined) return found;
  throw new EngineError(
    "RUN_NOT_FOUND",
    `None of the ${all.length} files has the history of run "${reference}".`,
    {
      run: reference,
    },
  );
}

function toGiven({ file, header }: Filed): GivenHistory {
  let history: StoredHistory | null = null;
  const read = (): StoredHistory => (history ??= parseHistory(readHistoryFile(file), file));
  return {
    run: header?.run ?? file,
    name: header?.name ?? "",
    flow: header?.flow ?? "",
    events: async () => eventsOf(read()),
    payloads: { get: async (run, wanted) => valuesOf(read(), run, wanted) },
  };
}

async function valuesOf(
  { payloads }: StoredHistory,
  run: string,
  wanted: Parameters<PayloadStore["get"]>[1],
): Promise<readonly Uint8Array[]> {
  return Promise.all(
    wanted.map(async (payload) => {
      if (payload instanceof Uint8Array) return payload;
      const [sha256, sizeBytes] = payload;
      const stored = payloads.get(sha256);
      if (stored !== undefined) return fromStored(placeOf(payload).format, stored);
      throw new EngineError(
        "PAYLOAD_MISSING",
        `A recorded value of run ${run} (${sizeBytes} bytes, SHA-256 ${sha256}) is not in its file. Export the run again.`,
        { run, sha256, sizeBytes },
      );
    }),
  );
}
