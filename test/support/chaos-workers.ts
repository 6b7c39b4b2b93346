import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { WorkerOptions } from "../../src/workers/worker.ts";
import { compiledVariable } from "./compiled-fixtures.ts";

/** How Node is started with a program of the fixtures. */
function toProgram(name: string): readonly string[] {
  const compiled = process.env[compiledVariable];
  if (compiled !== undefined) return [join(compiled, "test/fixtures/chaos", `${name}.js`)];
  return ["--import", "tsx", fileURLToPath(new URL(`../fixtures/chaos/${name}.ts`, import.meta.url))];
}

export type Environment = Readonly<Record<string, string>>;

/** A process of a test: it says lines of JSON, and is ended by its pid. */
export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly lines: readonly string[]; // what it printed
  readonly errors: () => string; // the end of what it said on stderr
  readonly ended: Promise<unknown>;
  signal(signal: NodeJS.Signals): void;
  /** SIGKILL, also of a stopped process; resolves when it is gone. */
  kill(): Promise<void>;
}

export function startChild(name: string, args: readonly string[], env: Environment): Child {
  const child = spawn(process.execPath, [...toProgram(name), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_OPTIONS: "", MILLRACE_LOG_FORMAT: "silent", ...env },
  });
  const ended = once(child, "exit");
  const endWithUs = (): boolean => child.kill("SIGKILL"); // when vitest itself dies
  process.once("exit", endWithUs);
  child.once("exit", () => process.off("exit", endWithUs));
  const lines: string[] = [];
  let said = "";
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  child.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4_000);
  });
  return {
    process: child,
    pid: child.pid ?? 0,
    lines,
    errors: () => said,
    ended,
    signal: (signal) => {
      child.kill(signal);
    },
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** A worker process. */
export interface ChaosWorker extends Child {
  readonly id: string; // as the log names it
  /** SIGTERM; resolves when it has stopped by itself. */
  stop(): Promise<{ readonly isClean: boolean; readonly tookMs: number }>;
}

/** Starts a worker and waits until it serves. */
export async function startWorker(options: Partial<WorkerOptions>, env: Environment): Promise<ChaosWorker> {
  const child = startChild("worker", [JSON.stringify(options)], env);
  const id = await untilSaid(child, "ready");
  return {
    ...child,
    id: String(id),
    stop: async () => {
      const began = performance.now();
      child.signal("SIGTERM");
      await untilSaid(child, "stopped");
      await child.ended;
      const said = JSON.parse(child.lines.at(-1) ?? "{}") as { readonly isClean: boolean };
      return { isClean: said.isClean, tookMs: performance.now() - began };
    },
  };
}

/** Waits for a line with the field `word`, and gives its value. */
export async function untilSaid(child: Child, word: string): Promise<unknown> {
  for (;;) {
    for (const line of child.lines) {
      const said = JSON.parse(line) as Readonly<Record<string, unknown>>;
      if (said[word] !== undefined) return said[word];
    }
    const { stdout, exitCode, signalCode } = child.process;
    if (stdout === null || exitCode !== null || signalCode !== null)
      throw new Error(`The process ended instead of saying "${word}":\n${child.errors()}`);
    await Promise.race([once(stdout, "data"), child.ended]);
  }
}
