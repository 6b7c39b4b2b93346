import { EngineError } from "../../base/errors.ts";
import { openExisting } from "../../workers/client.ts";
import { filedHistories, type HistoryChoice, storedHistories } from "../../workers/given-histories.ts";
import { replayHistories } from "../../workers/replay-histories.ts";
import type { GivenHistory, ReplayReport } from "../../workers/replay-history.ts";
import { loadFlows } from "../load-flows.ts";
import { exits } from "../outcome.ts";
import { colorsOf, note, out } from "../print.ts";
import { toLine } from "../to-json.ts";
import { requireFlow } from "./run.ts";

export interface ReplayCommand {
  readonly file: readonly string[];
  readonly last?: number;
  readonly flow?: string;
  readonly run?: readonly string[];
  readonly from?: readonly string[]; // directories or files
  readonly json?: boolean;
}

const defaultLast = 200;

/** `millrace replay --file FILE`: recorded histories against the code on disk, without any effect. */
export async function replayCommand(options: ReplayCommand): Promise<number> {
  const { file, last = defaultLast, flow, run: runs = [], from } = options;
  const defined = await loadFlows(file);
  if (flow !== undefined) requireFlow(flow, defined, file.join(", "));
  const choice = { flows: flow === undefined ? defined : [flow], runs, last };
  if (from !== undefined) return report(requireSome(filedHistories(from, choice), from, choice), options);
  const client = await openExisting();
  try {
    return await report(storedHistories(client, choice), options);
  } finally {
    await client.close();
  }
}

type Counts = Record<ReplayReport["result"], number>;

async function report(
  histories: Iterable<GivenHistory> | AsyncIterable<GivenHistory>,
  { json = false }: ReplayCommand,
): Promise<number> {
  const counts: Counts = { same: 0, diverged: 0, unreadable: 0 };
  for await (const replayed of replayHistories(histories)) {
    counts[replayed.result] += 1;
    if (json) out(toLine(replayed));
    else printReport(replayed);
  }
  if (json) out(toLine({ summary: counts }));
  else printSummary(counts);
  if (counts.unreadable > 0) return exits.damaged;
  return counts.diverged > 0 ? exits.different : exits.ok;
}

function printReport({ run, name, flow, result, turns, problem }: ReplayReport): void {
  const colors = colorsOf(process.stdout);
  const word = result.padEnd("unreadable".length);
  const paint = result === "same" ? colors.green : colors.red;
  const named = name === "" ? "" : `  run '${name}' of flow '${flow}'`;
  out(
    `${paint(word)}  ${run}${named}${problem === null ? `, ${turns} ${turns === 1 ? "turn" : "turns"}` : ""}`,
  );
  if (problem === null) return;
  const text = problem.turn === null ? `${problem.code}: ${problem.message}` : problem.message;
  out(text.replaceAll(/^/gm, "  "));
}

function printSummary({ same, diverged, unreadable }: Counts): void {
  const total = same + diverged + unreadable;
  if (total === 0) note("There are no runs of these flows, so nothing was replayed.");
  else
    out(
      `Replayed ${total} ${total === 1 ? "run" : "runs"}: ${same} same, ${diverged} diverged, ${unreadable} unreadable.`,
    );
}

/** A check that finds no files would be green whatever the code does. */
function requireSome(
  found: readonly GivenHistory[],
  from: readonly string[],
  { flows }: HistoryChoice,
): readonly GivenHistory[] {
  if (found.length > 0) return found;
  throw new EngineError(
    "RUN_NOT_FOUND",
    `There is no history of ${flows.join(", ")} in ${from.join(", ")}. Write some: millrace export --flow NAME --last 20 --to DIR`,
    { flows, from },
  );
}
