import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { WorkerWord } from "./bench-worker.ts";
import { loaderOptions, programBeside } from "./program.ts";

const program = programBeside(import.meta.url, "bench-worker");

/** A worker process that the bench started. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  onHeld: (mark: string, at: number) => void = () => undefined;

  private constructor(args: readonly string[]) {
    this.#child = fork(program, args, {
      execArgv: ["--expose-gc", ...loaderOptions],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
  }

  /** Starts one; resolves when it serves. Arguments: see `bench-worker.ts`. */
  static async start(args: readonly string[]): Promise<WorkerProcess> {
    const started = new WorkerProcess(args);
    await new Promise<void>((resolve, reject) => {
      started.#child.once("exit", (code) => reject(new Error(`A bench worker ended with ${code}.`)));
      started.#child.on("message", (word: WorkerWord) => {
        if (word.word === "ready") resolve();
        else if (word.word === "held") started.onHeld(word.mark, word.at);
      });
    });
    return started;
  }

  /** Memory that the process holds, after a collection of garbage. */
  async residentBytes(): Promise<number> {
    const answer = new Promise<number>((resolve) => {
      const listen = (word: WorkerWord): void => {
        if (word.word !== "resident") return;
        this.#child.off("message", listen);
        resolve(word.bytes);
      };
      this.#child.on("message", listen);
    });
    this.#child.send("resident");
    return answer;
  }

  /** kill -9. @returns the time of death, epoch ms */
  kill(): number {
    this.#child.kill("SIGKILL");
    return Date.now();
  }

  /** Kills it, and waits until it is gone, and with it its part in the embedded server. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.send("stop");
    await ended;
  }
}
