import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { loaderOptions, programBeside } from "../own/program.ts";
import { type Order, toArguments } from "./arguments.ts";
import type { Entry } from "./catalogue.ts";
import { readWord, type Word } from "./words.ts";

const program = programBeside(import.meta.url, "serve");
const keptOutput = 4_000; // characters, of what goes wrong

interface Turn {
  readonly order: Order;
  readonly limitMs: number; // then it is ended
  readonly onWord: (word: Word) => void;
}

/** Runs an engine's process for one round. Resolves when it has ended, with whatever it said until then. */
export async function runEngine(entry: Entry, { order, limitMs, onWord }: Turn): Promise<Word[]> {
  const words: Word[] = [];
  const place = await newPlace();
  const child = spawn(
    process.execPath,
    ["--expose-gc", ...loaderOptions, program, ...toArguments(order, entry, limitMs)],
    {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, TMPDIR: place },
      detached: true, // a group of its own: what it leaves behind is ended with it
    },
  );
  let trouble = "";
  child.stderr.on("data", (chunk: Buffer) => (trouble = (trouble + chunk.toString()).slice(-keptOutput)));
  createInterface({ input: child.stdout }).on("line", (line) => {
    const word = readWord(line);
    if (word === null) return;
    words.push(word);
    onWord(word);
  });
  const endAll = (): void => endGroup(child.pid);
  process.once("exit", endAll);
  const timer = setTimeout(endAll, limitMs);
  const [code] = await once(child, "close");
  clearTimeout(timer);
  process.off("exit", endAll);
  endAll();
  await rm(place, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  if (code !== 0) {
    const why =
      code === null ? `ended after ${(limitMs / 1_000).toFixed(0)} s` : `ended with ${String(code)}`;
    console.error(trouble);
    words.push(...unsaid(words, order).map((workload): Word => ({ word: "failed", workload, why })));
  }
  return words;
}

/** For all that an engine keeps in a round: it goes away with the round, also when the engine hangs. */
async function newPlace(): Promise<string> {
  const place = await mkdtemp(join(tmpdir(), "millrace-round-"));
  await chmod(place, 0o711); // PostgreSQL refuses root, and its own user has to get through
  return place;
}

function unsaid(words: readonly Word[], order: Order): readonly string[] {
  const said = new Set(words.map((word) => ("workload" in word ? word.workload : "")));
  return order.workloads.map(({ name }) => name).filter((name) => !said.has(name));
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // all of it has ended
  }
}
