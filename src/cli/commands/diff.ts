import type { RecordedEvent } from "../../events/envelope.ts";
import { type DivergenceSide, firstDivergence, type RunDivergence } from "../../projections/compare-runs.ts";
import type { DivergenceKind } from "../../projections/compare-steps.ts";
import { type Client, openExisting } from "../../workers/client.ts";
import { decodeData } from "../../workers/decode-event.ts";
import { describeStep } from "../describe-step.ts";
import { shortenAround } from "../format.ts";
import { exits } from "../outcome.ts";
import { colorsOf, out, printTable } from "../print.ts";
import { toLine } from "../to-json.ts";

export interface DiffCommand {
  readonly shape?: boolean; // not the values
  readonly unordered?: boolean;
  readonly json?: boolean;
}

interface Compared {
  readonly run: string;
  readonly name: string;
  readonly flow: string;
  readonly events: readonly RecordedEvent[];
}

/** `millrace diff RUN RUN`: where two runs first differ; the exit code says whether they do. */
export async function diffCommand(
  references: readonly [string, string],
  { shape = false, unordered = false, json = false }: DiffCommand,
): Promise<number> {
  const client = await openExisting();
  try {
    const [a, b] = await Promise.all([read(client, references[0]), read(client, references[1])]);
    const difference = firstDivergence(a.events, b.events, { ignoreValues: shape, ignoreOrder: unordered });
    if (difference === null) {
      out(json ? toLine({ same: true, a: identityOf(a), b: identityOf(b) }) : describeSame(a, b));
      return exits.ok;
    }
    const sides = await Promise.all([
      toShown(client, a, difference.one),
      toShown(client, b, difference.other),
    ] as const);
    if (json) out(toLine(toJsonDifference(difference, sides)));
    else printDifference(difference, sides);
    return exits.different;
  } finally {
    await client.close();
  }
}

async function read(client: Client, reference: string): Promise<Compared> {
  const { run, created } = await client.find(reference);
  const { name, flow } = created.data;
  return { run, name, flow, events: await client.events(run) };
}

function identityOf({ run, name }: Compared): object {
  return { run, name };
}

function describeSame(a: Compared, b: Compared): string {
  return `Runs '${a.name}' and '${b.name}' of flow '${a.flow}' do not differ.`;
}

/** One side of a difference, with its values decoded. */
interface Shown {
  readonly compared: Compared;
  readonly side: DivergenceSide;
  readonly data: Readonly<Record<string, unknown>>;
}

async function toShown(client: Client, compared: Compared, side: DivergenceSide): Promise<Shown> {
  return { compared, side, data: await decodeData(side.event, client.payloads) };
}

const texts: Readonly<Record<DivergenceKind, string>> = {
  flow: "they are runs of different flows",
  input: "their inputs differ",
  step: "their ways part",
  arguments: "the same call has other arguments",
  outcome: "the same task ended in another state",
  result: "the same task gave another result",
  payload: "the same came from outside with another value",
  error: "it failed with another error",
  end: "they ended in different states",
  output: "their flows returned different values",
  missing: "one of them has nothing like what the other one has",
};

function toJsonDifference({ kind }: RunDivergence, [a, b]: readonly [Shown, Shown]): unknown {
  return { same: false, kind, text: texts[kind], a: toJsonSide(a), b: toJsonSide(b) };
}

function toJsonSide({ compared, side, data }: Shown): unknown {
  const { turn, isThere, event } = side;
  return { ...identityOf(compared), turn, position: event.position, type: event.type, isThere, data };
}

function printDifference({ kind }: RunDivergence, sides: readonly [Shown, Shown]): void {
  const [a, b] = sides;
  const colors = colorsOf(process.stdout);
  out(`Runs '${a.compared.name}' and '${b.compared.name}' differ: ${texts[kind]}.`);
  out("");
  const values = shortenAround([describe(kind, a), describe(kind, b)], valueWidth);
  printTable(
    [
      { title: "RUN", cells: sides.map(({ compared }) => compared.name) },
      { title: "TURN", cells: sides.map(({ side }) => (side.turn === 0 ? "-" : String(side.turn))) },
      { title: "EVENT", cells: sides.map(({ side }) => String(side.event.position)) },
      { title: "TYPE", cells: sides.map(({ side }) => (side.isThere ? side.event.type : "-")) },
      { title: "KEY", cells: sides.map(({ side }) => (side.isThere ? keyOf(side.event) : "-")) },
      { title: "WHAT", cells: values },
    ],
    colors,
  );
  out(colors.dim("\nLook there:"));
  for (const { compared, side } of sides)
    out(colors.dim(`  npx millrace history ${compared.run} --at ${side.event.position}`));
}

const valueWidth = 160;

function keyOf({ data }: RecordedEvent): string {
  return "key" in data ? data.key : "-";
}

/** What a run has there, as text. */
function describe(kind: DivergenceKind, { side, data }: Shown): string {
  const { event } = side;
  if (!side.isThere) return `nothing; its newest event is ${event.type}`;
  if (kind === "flow" && event.type === "RunCreated") return event.data.flow;
  return describeStep(kind, event, data);
}
