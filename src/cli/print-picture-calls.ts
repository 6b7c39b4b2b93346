import type { RunPicture } from "../projections/run-picture.ts";
import { paintState, shorten, toLocalTimeMs } from "./format.ts";
import type { Moment } from "./picture-json.ts";
import { type Colors, out, printTable } from "./print.ts";
import { toLine } from "./to-json.ts";

const mostRows = 60;
const valueWidth = 80;

/** Prints what a flow called besides its tasks: timers, waits for signals, children, and the updates it was asked for. */
export async function printOtherCalls(moment: Moment, colors: Colors): Promise<void> {
  const { picture } = moment;
  printTimers(picture, colors);
  await printWaits(moment, colors);
  await printChildren(moment, colors);
  printUpdates(picture, colors);
}

interface Rows {
  readonly what: string; // "timers"
  readonly total: number;
  readonly states: readonly string[];
  readonly columns: readonly (readonly [title: string, cells: readonly string[]])[];
}

/** The first column says what it is, the second in which state. */
function printCalls({ what, total, states, columns }: Rows, colors: Colors): void {
  if (total === 0) return;
  const paint = (cell: string, row: number): string => paintState(states[row] ?? "", colors)(cell);
  const [first = ["", []] as const, ...others] = columns;
  out("");
  printTable(
    [
      { title: first[0], cells: first[1] },
      { title: "STATE", cells: states, paint },
      ...others.map(([title, cells]) => ({ title, cells })),
    ],
    colors,
  );
  if (states.length < total) out(colors.dim(`(the newest ${states.length} of ${total} ${what})`));
}

function printTimers({ timers, summary }: RunPicture, colors: Colors): void {
  const shown = [...timers.values()].slice(-mostRows);
  const open = summary.endedAt === null ? "Sleeping" : "Abandoned";
  const states = shown.map(({ firedAt, closing }) => (firedAt === null ? (closing ?? open) : "Completed"));
  const columns = [
    ["TIMER", shown.map(({ key }) => key)],
    ["BEGAN", shown.map(({ startedAt }) => toLocalTimeMs(startedAt))],
    ["DUE", shown.map(({ dueAt }) => toLocalTimeMs(dueAt))],
  ] as const;
  printCalls({ what: "timers", total: timers.size, states, columns }, colors);
}

async function printWaits({ picture, valuesAt }: Moment, colors: Colors): Promise<void> {
  const { waits, signals, summary } = picture;
  const shown = [...waits.values()].slice(-mostRows);
  const states = shown.map(({ received, closing, prompt }) => {
    if (received !== null) return "Completed";
    if (closing !== null || summary.endedAt !== null) return closing ?? "Abandoned";
    return prompt === null ? "Waiting" : "Paused";
  });
  const values = await Promise.all(
    shown.map(async ({ received, prompt }) => {
      if (received === null) return prompt ?? "";
      return toLine((await valuesAt(received))["payload"]);
    }),
  );
  const columns = [
    ["SIGNAL", shown.map(({ key }) => key)],
    ["BEGAN", shown.map(({ awaitedAt }) => toLocalTimeMs(awaitedAt))],
    ["SENT BY", shown.map(({ received }) => signals.get(received ?? 0)?.by ?? "-")],
    ["PROMPT OR VALUE", values.map((value) => shorten(value, valueWidth))],
  ] as const;
  printCalls({ what: "waits", total: waits.size, states, columns }, colors);
}

async function printChildren({ picture, valuesAt }: Moment, colors: Colors): Promise<void> {
  const { children, summary } = picture;
  const shown = [...children.values()].slice(-mostRows);
  const open = summary.endedAt === null ? "Running" : "Abandoned";
  const states = shown.map(({ state, closing, endedAt }) => (endedAt === null ? (closing ?? open) : state));
  const values = await Promise.all(
    shown.map(async ({ endPosition, message }) => {
      if (endPosition === null) return "";
      const { output, error } = await valuesAt(endPosition);
      return toLine(error ?? output ?? message);
    }),
  );
  const columns = [
    ["CHILD", shown.map(({ key }) => key)],
    ["FLOW", shown.map(({ flow }) => flow)],
    ["BEGAN", shown.map(({ scheduledAt }) => toLocalTimeMs(scheduledAt))],
    ["RUN", shown.map(({ run }) => run)],
    ["RESULT OR ERROR", values.map((value) => shorten(value, valueWidth))],
  ] as const;
  printCalls({ what: "children", total: children.size, states, columns }, colors);
}

function printUpdates({ updates }: RunPicture, colors: Colors): void {
  const shown = [...updates.values()].slice(-mostRows);
  const columns = [
    ["UPDATE", shown.map(({ name }) => name)],
    ["REQUESTED", shown.map(({ requestedAt }) => toLocalTimeMs(requestedAt))],
    ["ID", shown.map(({ id }) => id)],
  ] as const;
  const states = shown.map(({ state }) => state);
  printCalls({ what: "updates", total: updates.size, states, columns }, colors);
}
