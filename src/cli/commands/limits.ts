import { formatMs } from "../../base/durations.ts";
import { openClient } from "../../workers/client.ts";
import { onInterrupt } from "../../workers/interrupt.ts";
import { type LimitView, removeLimit, setLimit, viewLimits } from "../../workers/limit-list.ts";
import { pause } from "../../workers/pause.ts";
import { exits } from "../outcome.ts";
import { colorsOf, note, out, printTable } from "../print.ts";
import { toLine } from "../to-json.ts";
import { withClient } from "../with-client.ts";

/** `millrace limits ls`: how many hold slots, and how many wait. */
export async function limitsCommand({ json = false }: { json?: boolean }): Promise<number> {
  return withClient(async (client) => {
    const rows = await viewLimits(client);
    if (json) for (const row of rows) out(toLine(toRecord(row)));
    else if (rows.length > 0) printLimits(rows);
    if (rows.length === 0)
      note("No limits. They come with the first task that has one, or: millrace limits set");
    return exits.ok;
  });
}

export interface SetLimitCommand {
  readonly slots: number;
  readonly decay?: number;
  readonly json?: boolean;
}

/** `millrace limits set`: for all code of the namespace, at once. */
export async function setLimitCommand(
  key: string,
  { slots, decay, json = false }: SetLimitCommand,
): Promise<number> {
  const client = await openClient();
  try {
    await setLimit(client, { key, slots, decay: decay ?? null });
    if (json) out(toLine({ key, kind: decay === undefined ? "slots" : "rate", slots, decay: decay ?? 0 }));
    else {
      const how = decay === undefined ? "at the same time" : `at once, then ${decay} a second`;
      out(slots === 0 ? `${key}: nothing begins any more` : `${key}: ${slots} ${how}`);
    }
    return exits.ok;
  } finally {
    await client.close();
  }
}

/** `millrace limits rm`: the code's limit holds again. */
export async function removeLimitCommand(key: string): Promise<number> {
  return withClient(async (client) => {
    await removeLimit(client, key);
    out(`${key}: as the code says`);
    return exits.ok;
  });
}

const lookEveryMs = 250;

/** `millrace limits watch`: every change, until Ctrl-C. */
export async function watchLimitsCommand({ json = false }: { json?: boolean }): Promise<number> {
  const watching = new AbortController();
  const calm = onInterrupt(() => watching.abort());
  try {
    return await withClient(async (client) => {
      const before = new Map<string, string>();
      do {
        for (const row of await viewLimits(client)) {
          const line = json ? toLine(toRecord(row)) : toText(row);
          const id = `${row.kind}:${row.key}`;
          if (before.get(id) !== line) out(line);
          before.set(id, line);
        }
      } while (await pause(lookEveryMs, watching.signal));
      return exits.ok;
    });
  } finally {
    calm();
  }
}

function toRecord({ key, kind, slots, decay, perMs, isSet, held, waiting }: LimitView): unknown {
  return { key, kind, slots, decay, perMs, setBy: isSet ? "operator" : "code", held, waiting };
}

function toText(row: LimitView): string {
  return `${row.key}: ${row.held} of ${slotsOf(row)} taken, ${row.waiting} waiting`;
}

function slotsOf({ kind, slots, decay, perMs }: LimitView): string {
  if (slots === null) return kind === "rate" && perMs === 0 ? "-" : "no limit";
  if (kind === "slots") return String(slots);
  return decay > 0 ? `${slots}, ${decay}/s` : `${slots} per ${formatMs(perMs)}`;
}

function printLimits(rows: readonly LimitView[]): void {
  printTable(
    [
      { title: "LIMIT", cells: rows.map(({ key }) => key) },
      { title: "KIND", cells: rows.map(({ kind }) => kind) },
      { title: "SLOTS", cells: rows.map(slotsOf) },
      { title: "TAKEN", cells: rows.map(({ held }) => String(held)) },
      { title: "WAITING", cells: rows.map(({ waiting }) => String(waiting)) },
      { title: "SET BY", cells: rows.map(({ isSet }) => (isSet ? "operator" : "code")) },
    ],
    colorsOf(process.stdout),
  );
}
