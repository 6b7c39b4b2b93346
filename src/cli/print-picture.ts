import { describeFact } from "../projections/describe-fact.ts";
import type { Reason } from "../projections/reason.ts";
import type { RunPicture, TurnPicture } from "../projections/run-picture.ts";
import { reasonsOf } from "../projections/run-reasons.ts";
import { paintRunState, paintState, shorten, toLocalTimeMs, toSpan } from "./format.ts";
import type { Moment } from "./picture-json.ts";
import { type Row, toRows } from "./picture-rows.ts";
import { type Colors, colorsOf, out, printTable } from "./print.ts";
import { printOtherCalls } from "./print-picture-calls.ts";
import { toLine } from "./to-json.ts";

/** Prints a picture for people: the run, why it is where it is, its tasks and its timers. */
export async function printPicture(moment: Moment): Promise<void> {
  const { event, events, picture } = moment;
  const colors = colorsOf(process.stdout);
  const { summary, owner, turns, patches } = picture;
  const line = (title: string, text: string): void => out(`${colors.dim(title.padEnd(6))} ${text}`);
  out(
    `${colors.bold("Flow run")} ${colors.magenta(`'${summary.name}'`)} of flow '${summary.flow}', after event ${event.position} of ${events}`,
  );
  line("id", summary.run);
  line("event", `${event.type}, ${toLocalTimeMs(event.recordedAt)}, by ${event.actor}`);
  line("state", stateLine(picture, colors));
  const reasons = reasonsOf(picture);
  for (const [index, reason] of reasons.slice(0, mostReasons).entries())
    line(index === 0 ? "why" : "", describeReason(reason));
  if (reasons.length > mostReasons) line("", colors.dim(`(${reasons.length - mostReasons} more)`));
  if (owner !== null) line("owner", `worker ${owner.worker ?? "?"}, epoch ${owner.epoch}`);
  for (const text of attemptLines(picture)) line("try", text);
  if (patches.length > 0) line("patch", listed(patches));
  const turn = turns.at(-1);
  if (turn !== undefined) line("turns", `${turns.length}; ${describeTurn(turn)}`);
  await printValues(moment, line);
  await printTasks(moment, colors);
  await printOtherCalls(moment, colors);
}

const mostReasons = 8;
const mostRows = 60;
const mostNames = 4;
const textWidth = 2_000;

function stateLine({ summary }: RunPicture, colors: Colors): string {
  const { state: type, stateName: name, message, endedAt } = summary;
  const state = { type, name, message, isFinal: endedAt !== null };
  return paintRunState(state, colors)(name); // the message is among the reasons
}

/** On one line, or a text of several lines below its instant. */
function describeReason({ text, when }: Reason): string {
  const at = when === null ? "" : `${when.what} ${toLocalTimeMs(when.at)}`;
  if (text.includes("\n")) return [`${at}:`, ...text.split("\n")].join(`\n${indent}`);
  const line = shorten(text, textWidth);
  return when === null ? line : `${line.replace(/\.$/, "")}, ${at}.`;
}

const indent = " ".repeat(7);

/** The attempts of the flow, if there was more than one. */
function attemptLines({ attempts }: RunPicture): readonly string[] {
  if (attempts.length < 2) return [];
  return attempts.map(({ attempt, state, error, firstTurn }) => {
    const from = firstTurn === null ? "" : `, from turn ${firstTurn} on`;
    const why = error === null ? "" : `: ${error.name}: ${error.message}`;
    return shorten(`attempt ${attempt} of the flow${from}: ${state}${why}`, textWidth);
  });
}

function describeTurn({ n, delivered, asked, done }: TurnPicture): string {
  const given = delivered.length === 0 ? "nothing" : listed(delivered.map(describeFact));
  const calls = asked.length === 0 ? "nothing" : listed(asked);
  return `turn ${n} was given ${given}, and ${done ? "ended the flow" : `asked for ${calls}`}`;
}

function listed(names: readonly string[]): string {
  const more = names.length - mostNames;
  return `${names.slice(0, mostNames).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

async function printValues(
  { event, picture, valuesAt }: Moment,
  line: (title: string, text: string) => void,
): Promise<void> {
  const { input } = await valuesAt(1);
  if (input !== undefined) line("input", shorten(toLine(input), textWidth));
  if (picture.summary.state !== "COMPLETED") return;
  const { output } = await valuesAt(event.position);
  line("result", shorten(toLine(output), textWidth));
}

async function printTasks({ picture, valuesAt }: Moment, colors: Colors): Promise<void> {
  const tasks = [...picture.tasks.values()];
  if (tasks.length === 0) return;
  const shown =
    tasks.length > mostRows ? [...tasks.slice(0, mostRows / 2), ...tasks.slice(-mostRows / 2)] : tasks;
  const rows = (await Promise.all(shown.map(async (task) => toRows(task, picture, valuesAt)))).flat();
  const { updatedAt } = picture.summary;
  const cells = (cellOf: (row: Row) => string): readonly string[] => rows.map(cellOf);
  out("");
  printTable(
    [
      { title: "TASK", cells: cells(({ task }) => task) },
      {
        title: "STATE",
        cells: cells(({ state }) => state),
        paint: (cell, row) => paintState(rows[row]?.state ?? "", colors)(cell),
      },
      { title: "ATTEMPT", cells: cells(({ attempt }) => attempt) },
      {
        title: "BEGAN",
        cells: cells(({ startedAt }) => (startedAt === null ? "-" : toLocalTimeMs(startedAt))),
      },
      {
        title: "DURATION",
        cells: cells(({ startedAt, endedAt }) => toSpan(startedAt, endedAt, updatedAt)),
      },
      { title: "WHERE", cells: cells(({ where }) => where) },
      { title: "RESULT OR ERROR", cells: cells(({ value }) => value) },
    ],
    colors,
  );
  if (shown.length < tasks.length)
    out(
      colors.dim(
        `(${tasks.length - shown.length} of ${tasks.length} tasks in the middle are left out; --json has all)`,
      ),
    );
}
