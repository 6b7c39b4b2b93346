import { join } from "node:path";
import { describeMachine, machineLine } from "./own/print.ts";
import { benchFolder } from "./own/program.ts";
import { type Order, orderOfRound, readOrder } from "./suite/arguments.ts";
import { runEngine } from "./suite/engine-process.ts";
import { writeResults } from "./suite/results.ts";
import { type Row, toRows } from "./suite/rows.ts";
import { toConditions, toSettings, toTables } from "./suite/tables.ts";
import { turnMs } from "./suite/turns.ts";
import type { Word } from "./suite/words.ts";

/*
 * Millrace beside other engines: `npm run bench -- --engine millrace,dbos --workload B1,B2 --rounds 5 [--quick]`.
 * Without names: all of them. What Millrace costs alone, in more detail: `npm run bench:own`.
 */
const resultsFolder = join(benchFolder, "results");

interface Results {
  readonly rows: readonly Row[];
  readonly files: readonly string[];
}

/**
 * A round goes around all engines, so that a slow minute of the machine touches each of them a little. Each round is
 * written when it is over: an hour's work is not lost when the next one is broken off.
 */
async function measureAll(order: Order, file: string): Promise<Results> {
  const heard = new Map<string, Word[]>(order.engines.map(({ name }) => [name, []]));
  const rowsOf = (rounds: number): readonly Row[] =>
    order.engines.flatMap((entry) =>
      toRows({ entry, words: heard.get(entry.name) ?? [] }, { ...order, rounds }, machine),
    );
  let results: Results = { rows: [], files: [] };
  for (let round = 1; round <= order.rounds; round += 1) {
    const now = orderOfRound(order, round);
    if (now.workloads.length === 0) break;
    const roundAt = performance.now();
    for (const [index, entry] of order.engines.entries()) {
      const words = heard.get(entry.name) ?? [];
      if (words.some(({ word }) => word === "unavailable")) continue; // it will not come
      const tell = (text: string): void =>
        console.error(`round ${round} of ${order.rounds}: ${entry.name} ${text}`);
      const began = performance.now();
      const progress = { spentMs: began - roundAt, turnsLeft: order.engines.length - index };
      const limitMs = turnMs(now, progress);
      const onWord = (word: Word): void => tellWord(word, tell);
      words.push(...(await runEngine(entry, { order: now, limitMs, onWord })));
      tell(`done in ${((performance.now() - began) / 1_000).toFixed(1)} s`);
    }
    const rows = rowsOf(round);
    results = { rows, files: await writeResults(rows, order.workloads, file) };
  }
  return results;
}

function tellWord(word: Word, tell: (text: string) => void): void {
  if (word.word === "unavailable") tell(`is not available: ${word.why}`);
  else if (word.word === "cannot" || word.word === "failed")
    tell(`${word.workload} ${word.word}: ${word.why}`);
  else if (word.word === "measured") {
    const figures = Object.entries(word.figures).map(([name, value]) => `${name} ${value.toPrecision(3)}`);
    tell(`${word.workload}: ${figures.join(", ")} (n ${word.n}, ${word.seconds.toFixed(1)} s)`);
  }
}

// Engines' processes are groups of their own: they are ended with us only if we say so.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

const order = readOrder(process.argv.slice(2));
const machine = describeMachine();
console.error(machineLine(machine));
const startedAt = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
const file = order.out ?? join(resultsFolder, `${startedAt}.ndjson`);
const { rows, files } = await measureAll(order, file);
console.log(`${toConditions(rows)}\n\n${toTables(rows)}\n\n${toSettings(rows)}`);
console.error(`\nwritten: ${files.join(", ")}`);
