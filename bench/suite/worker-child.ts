import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { quantile } from "../own/measure.ts";
import { loaderOptions } from "../own/program.ts";
import type { Measured } from "./session.ts";

/** What a worker process says: that it serves, and when the second task of a run began in it. */
export type WorkerWord = { readonly word: "ready" } | { readonly word: "held"; readonly at: number };

export interface WorkerChild {
  /** Resolves when that many runs were held; gives when, epoch ms. */
  readonly held: (count: number) => Promise<readonly number[]>;
  /** kill -9. Resolves when it is gone. @returns the time of death, epoch ms */
  readonly kill: () => Promise<number>;
}

export interface WorkerStart {
  readonly file: string; // absolute
  readonly args: readonly string[];
  readonly node?: string; // default: this one
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a worker process; resolves when it serves. */
export async function startWorker({ file, args, node, env }: WorkerStart): Promise<WorkerChild> {
  const child = fork(file, [...args], {
    execArgv: [...loaderOptions],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    env: { ...process.env, ...env },
    ...(node === undefined ? {} : { execPath: node }),
  });
  await ready(child);
  return {
    held: async (count) => heldIn(child, count),
    kill: async () => {
      const at = Date.now();
      if (child.exitCode !== null || child.signalCode !== null) return at;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
      return at;
    },
  };
}

async function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`The worker ended with ${code} before it served.`)));
    child.on("message", ({ word }: WorkerWord) => {
      if (word === "ready") resolve();
    });
  });
}

async function heldIn(child: ChildProcess, count: number): Promise<readonly number[]> {
  const times: number[] = [];
  return new Promise((resolve, reject) => {
    child.on("exit", () =>
      reject(new Error(`The worker ended when ${times.length} of ${count} runs were held.`)),
    );
    child.on("message", (word: WorkerWord) => {
      if (word.word !== "held") return;
      times.push(word.at);
      if (times.length === count) resolve(times);
    });
  });
}

export interface Recovery {
  readonly runs: number;
  readonly start: (word: "--hold" | "--tell") => Promise<WorkerChild>;
  /** Starts one run of three tasks; its result is waited for. */
  readonly begin: () => Promise<unknown>;
  /** Whether the one that takes over can be alive already, or has to be started in the place of the dead one. */
  readonly takesOver: "alive" | "restarted";
}

/** Kills the worker in the second task of some runs: how long until these tasks begin again. */
export async function measureRecovery({ runs, start, begin, takesOver }: Recovery): Promise<Measured> {
  const victim = await start("--hold");
  const all = victim.held(runs);
  const results = Promise.all(Array.from({ length: runs }, begin));
  results.catch(() => undefined); // told below
  await all;
  const early = takesOver === "alive" ? await start("--tell") : null;
  const heardEarly = early?.held(runs);
  const diedAt = await victim.kill();
  const survivor = early ?? (await start("--tell"));
  const seconds = (await (heardEarly ?? survivor.held(runs))).map((at) => (at - diedAt) / 1_000);
  await results;
  await survivor.kill();
  return { figures: { p50: quantile(seconds, 0.5), max: Math.max(...seconds) }, n: runs };
}
