import { createHash } from "node:crypto";
import { z } from "zod";
import { EngineError } from "../base/errors.ts";
import { isRunId } from "../base/ids.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import { decodeBodies, strangeEntry } from "../redis/decode-bodies.ts";
import type { Entry } from "../redis/run-entries.ts";

/** What stands in the first line of a file that holds the history of a run. */
export interface HistoryHeader {
  readonly run: string;
  readonly name: string;
  readonly flow: string;
  readonly state: string; // name of the state at the last event, for people
  readonly createdAt: number; // epoch ms by the clock of the log
  readonly exportedAt: number; // epoch ms
  readonly events: number;
  readonly payloads: number; // values that lay beside the stream
}

/** The history of a run as it is stored, byte by byte: older versions of events stay what they are. */
export interface StoredHistory {
  readonly header: HistoryHeader;
  readonly entries: readonly Entry[];
  readonly payloads: ReadonlyMap<string, Uint8Array>; // by the SHA-256 of the bytes
}

const format = 1;
const count = z.int().nonnegative();

const HeaderLine = z.object({
  millrace: z.literal("history"),
  format: z.literal(format),
  run: z.string().refine(isRunId),
  name: z.string(),
  flow: z.string(),
  state: z.string(),
  createdAt: count,
  exportedAt: count,
  events: count,
  payloads: count,
});
const EventLine = z.object({ position: z.int().positive(), entry: z.base64(), batch: z.string().optional() });
const PayloadLine = z.object({ sha256: z.string(), bytes: z.base64() });

/**
 * A line of JSON for the header, one for each entry of the stream, one for each value beside it.
 * @throws EngineError EVENT_UNREADABLE for a stream that somebody else wrote to
 */
export function toHistoryText(
  { header, entries, payloads }: StoredHistory,
  types: readonly string[],
): string {
  const lines: object[] = [{ millrace: "history", format, ...header }];
  for (const [index, entry] of entries.entries())
    lines.push(toEventLine(header.run, index + 1, entry, types[index] ?? ""));
  for (const [sha256, bytes] of payloads) lines.push({ sha256, bytes: toBase64(bytes) });
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

function toEventLine(run: string, position: number, [id, fields]: Entry, type: string): object {
  const [entryName, entry, batchName, batch] = fields;
  const isOurs =
    id.toString() === `${position}-0` &&
    entryName?.toString() === "e" &&
    (fields.length === 2 || (fields.length === 4 && batchName?.toString() === "b"));
  if (!isOurs || entry === undefined) throw strangeEntry(run, position, id.toString());
  const line = { position, type, entry: toBase64(entry) };
  return batch === undefined ? line : { ...line, batch: batch.toString() };
}

/**
 * The header of a file; `place` names it in errors.
 * @throws EngineError EVENT_UNREADABLE
 */
export function parseHeader(text: string, place: string): HistoryHeader {
  const [first = ""] = text.split("\n", 1);
  const found = HeaderLine.safeParse(toValue(first));
  if (found.success) return found.data;
  throw unreadable(place, "its first line is not the header of a history that this release can read");
}

/** @throws EngineError EVENT_UNREADABLE when something of the file is missing or damaged */
export function parseHistory(text: string, place: string): StoredHistory {
  const header = parseHeader(text, place);
  const lines = text.split("\n").slice(1, -1); // each line ends with a break
  if (!text.endsWith("\n") || lines.length !== header.events + header.payloads)
    throw unreadable(place, "it has not as many lines as its header says");
  const entries = lines.slice(0, header.events).map((line, index) => parseEvent(line, index + 1, place));
  const payloads = lines
    .slice(header.events)
    .map((line, index) => parsePayload(line, header.events + 2 + index, place));
  return { header, entries, payloads: new Map(payloads) };
}

function parseEvent(line: string, position: number, place: string): Entry {
  const found = EventLine.safeParse(toValue(line));
  if (!found.success || found.data.position !== position)
    throw unreadable(place, `line ${position + 1} is not event ${position}`);
  const { entry, batch } = found.data;
  const fields = ["e", Buffer.from(entry, "base64"), ...(batch === undefined ? [] : ["b", batch])];
  return [Buffer.from(`${position}-0`), fields.map((field) => Buffer.from(field))];
}

function parsePayload(line: string, at: number, place: string): readonly [string, Uint8Array] {
  const found = PayloadLine.safeParse(toValue(line));
  if (!found.success) throw unreadable(place, `line ${at} is not a recorded value`);
  const { sha256 } = found.data;
  const bytes = Buffer.from(found.data.bytes, "base64");
  if (createHash("sha256").update(bytes).digest("hex") === sha256) return [sha256, bytes];
  throw unreadable(place, `the value of line ${at} is damaged: its SHA-256 differs`);
}

/** @throws EngineError EVENT_UNREADABLE, EVENT_UNKNOWN */
export function eventsOf({ header, entries }: Omit<StoredHistory, "payloads">): readonly RecordedEvent[] {
  return decodeBodies(
    header.run,
    0,
    entries.map(([, fields]) => fields[1] ?? new Uint8Array()),
  );
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

function toValue(line: string): unknown {
  try {
    const value: unknown = JSON.parse(line);
    return value;
  } catch {
    return null; // which no line of a history is
  }
}

function unreadable(place: string, why: string): EngineError {
  return new EngineError(
    "EVENT_UNREADABLE",
    `${place} cannot be read as the history of a run: ${why}. Export the run again: millrace export RUN --to DIR`,
    { place },
  );
}
