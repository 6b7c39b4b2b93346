import { toJson } from "../../base/to-json.ts";
import type { RecordedEvent } from "../../events/envelope.ts";
import { type Client, openExisting } from "../../workers/client.ts";
import { decodeData } from "../../workers/decode-event.ts";
import { onInterrupt } from "../../workers/interrupt.ts";
import { isAtEnd } from "../../workers/run-state.ts";
import { shorten, toIso, toLocalTimeMs } from "../format.ts";
import { exits } from "../outcome.ts";
import { type Colors, colorsOf, note, out } from "../print.ts";
import { toLine } from "../to-json.ts";

export interface EventsCommand {
  readonly json?: boolean;
  readonly follow?: boolean;
}

/** `millrace events RUN`: its history, one line an event; with `-f`, on until it ends. */
export async function eventsCommand(reference: string, options: EventsCommand): Promise<number> {
  const client = await openExisting();
  try {
    const { run, created } = await client.find(reference);
    if (options.json !== true) note(`Flow run '${created.data.name}' of flow '${created.data.flow}', ${run}`);
    if (options.follow === true) return await follow(client, run, options);
    await print(client, await client.events(run), options);
    return exits.ok;
  } finally {
    await client.close();
  }
}

const pauseMs = 60_000;

async function follow(client: Client, run: string, options: EventsCommand): Promise<number> {
  const watching = new AbortController();
  const calm = onInterrupt(() => watching.abort());
  try {
    for await (const events of client.follow(run, watching.signal, pauseMs)) {
      await print(client, events, options);
      if (isAtEnd(events)) return exits.ok;
    }
    return exits.interrupted;
  } finally {
    calm();
  }
}

async function print(
  client: Client,
  events: readonly RecordedEvent[],
  { json }: EventsCommand,
): Promise<void> {
  const colors = colorsOf(process.stdout);
  const width = process.stdout.isTTY ? process.stdout.columns : 200;
  const longest = Math.max(0, ...events.map((event) => keyOf(event.data).length));
  const keyWidth = Math.min(keyWidths.most, Math.max(keyWidths.least, longest));
  for (const event of events) {
    const data = await decodeData(event, client.payloads);
    out(json === true ? toLine(toRecord(event, data)) : describe(event, data, { colors, width, keyWidth }));
  }
}

function toRecord(event: RecordedEvent, data: Readonly<Record<string, unknown>>): unknown {
  const { position, recordedAt, type, version, run, actor } = event;
  return { position, time: toIso(recordedAt), type, version, run, actor, data };
}

interface Page {
  readonly colors: Colors;
  readonly width: number;
  readonly keyWidth: number;
}

const typeWidth = 18;
const keyWidths = { least: 8, most: 32 } as const;

function describe(
  event: RecordedEvent,
  data: Readonly<Record<string, unknown>>,
  { colors, width, keyWidth }: Page,
): string {
  const { position, recordedAt, type } = event;
  const key = keyOf(data);
  const lead = `${String(position).padStart(4)}  ${toLocalTimeMs(recordedAt)}  ${type.padEnd(typeWidth)}  ${key.padEnd(keyWidth)}  `;
  const text = shorten(summarize(data), Math.max(40, width - lead.length));
  return [
    colors.dim(String(position).padStart(4)),
    colors.dim(toLocalTimeMs(recordedAt)),
    paintType(type, colors)(type.padEnd(typeWidth)),
    key.padEnd(keyWidth),
    text,
  ]
    .join("  ")
    .trimEnd();
}

function keyOf(data: object): string {
  return "key" in data && typeof data.key === "string" ? data.key : "-";
}

function paintType(type: string, colors: Colors): (text: string) => string {
  if (/Failed|Crashed|Lost|Blocked/.test(type)) return colors.red;
  if (/Completed|Fired|Reused|Received/.test(type)) return colors.green;
  if (/Cancel/.test(type)) return colors.yellow;
  return type === "TurnTaken" ? colors.dim : colors.cyan;
}

const left: ReadonlySet<string> = new Set([
  "key",
  "fingerprint",
  "after",
  "elapsedMs",
  "createdAt",
  "traceparent",
  "flags",
  "form",
]);

/** The fields that say something, as name=value: no empty ones, and errors in their first line. */
function summarize(data: Readonly<Record<string, unknown>>): string {
  return Object.entries(data)
    .filter(([name, value]) => !left.has(name) && !isEmpty(value) && !(name === "name" && isNameOf(data)))
    .map(([name, value]) => `${name}=${toText(value)}`)
    .join(" ");
}

/** The key of a task run begins with the task's name, so there is no need to say it twice. */
function isNameOf({ key, name }: Readonly<Record<string, unknown>>): boolean {
  return typeof key === "string" && typeof name === "string" && key.startsWith(name);
}

function isEmpty(value: unknown): boolean {
  return (
    value === null || value === undefined || value === false || (Array.isArray(value) && value.length === 0)
  );
}

function toText(value: unknown): string {
  if (typeof value === "string") return /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value);
  const isError = typeof value === "object" && value !== null && "message" in value && "name" in value;
  if (isError) return JSON.stringify(`${String(value.name)}: ${String(value.message).split("\n")[0] ?? ""}`);
  return JSON.stringify(toJson(value));
}
