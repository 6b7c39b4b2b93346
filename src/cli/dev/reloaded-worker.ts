import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/**
 * A worker in a process of its own, since loaded code cannot be unloaded. A change begins the next one and asks the one
 * before to stop: it hands its runs over, and tasks under way may end. It stops too when this process dies.
 */
export class ReloadedWorker {
  readonly #files: readonly string[];
  readonly #say: (text: string) => void;
  readonly #leaving = new Set<ChildProcess>();
  #child: ChildProcess | null = null;
  #isStopping = false;

  constructor(files: readonly string[], say: (text: string) => void) {
    this.#files = files;
    this.#say = say;
  }

  start(): void {
    const [script = ""] = process.argv.slice(1);
    const args = [...process.execArgv, script, "worker", ...this.#files, "--no-projections"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.#child = child;
    child.once("exit", (code) => {
      this.#leaving.delete(child);
      if (this.#child !== child) return;
      this.#child = null;
      if (!this.#isStopping)
        this.#say(
          `The worker ended (${code ?? "by a signal"}). Mend what it says above, and save: it is loaded again.`,
        );
    });
  }

  replace(): void {
    const before = this.#child;
    this.start();
    if (before === null) return;
    this.#leaving.add(before);
    before.kill("SIGTERM");
  }

  /** Waits for every process. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const open = [...this.#leaving, ...(this.#child === null ? [] : [this.#child])];
    await Promise.all(
      open.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, "exit");
        child.kill("SIGTERM");
        await ended;
      }),
    );
  }
}
