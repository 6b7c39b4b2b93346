import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";
import { packageVariable } from "./compiled-package.ts";

const root = new URL("../..", import.meta.url);
/** A compiled copy of the package starts faster; without one, the source does. */
const copy = process.env[packageVariable] ?? fileURLToPath(root);
export const launcher = join(copy, "bin/millrace.mjs");
const tsconfig = join(copy, "tsconfig.json");

/** A file of test/fixtures/flows. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`test/fixtures/flows/${name}`, root));
}

export interface Ended {
  readonly code: number; // 128 + number of the signal, as in a shell
  readonly out: string;
  readonly err: string;
}

/** A process of the command line, or of a script, while it runs. */
export class Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  out = "";
  err = "";

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.on("data", (chunk: Buffer) => (this.out += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => (this.err += chunk.toString()));
    this.ended = once(child, "close").then(([code, signal]) => {
      const ofSignal = signal === "SIGKILL" ? 137 : 128;
      return { code: typeof code === "number" ? code : ofSignal, out: this.out, err: this.err };
    });
  }

  /** What `pattern` found in the output, once it is there. */
  async until(pattern: RegExp): Promise<string> {
    return vi.waitUntil(
      () => {
        const found = pattern.exec(this.err) ?? pattern.exec(this.out);
        if (found !== null) return found[1] ?? found[0];
        if (this.child.exitCode !== null)
          throw new Error(`ended without ${pattern.source}:\n${this.out}${this.err}`);
        return false;
      },
      { timeout: 60_000, interval: 10 },
    );
  }

  async end(signal: NodeJS.Signals): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }
}

/** A user with a folder of their own, and a store of their own; whatever they started is ended by its pid. */
export class CliScene {
  readonly home = realpathSync(mkdtempSync(join(tmpdir(), "millrace-cli-")));
  readonly effectsFile = join(this.home, "effects.txt");
  readonly gate = join(this.home, "gate");
  readonly namespace = `cli-${randomUUID().slice(0, 8)}`;
  readonly #env: Readonly<Record<string, string>>;
  readonly #running: Running[] = [];

  /** Without a URL, the store is embedded in the folder. */
  constructor(redisUrl: string | null) {
    this.#env = redisUrl === null ? {} : { MILLRACE_REDIS_URL: redisUrl, MILLRACE_NAMESPACE: this.namespace };
    writeFileSync(join(this.home, "package.json"), '{"type":"module"}');
  }

  /** Writes a file into the folder; gives its path. */
  write(name: string, text: string): string {
    const path = join(this.home, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
    return this.#spawn([launcher, ...args], { TSX_TSCONFIG_PATH: tsconfig, ...env });
  }

  /** Starts a script, as `npx tsx FILE ARGS` does. */
  script(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
    return this.#spawn(["--import", import.meta.resolve("tsx"), file, ...args], {
      ...env,
      TSX_TSCONFIG_PATH: tsconfig,
      ...env,
    });
  }

  async run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return this.start(args, env).ended;
  }

  /** Runs a command, and reads its output as one JSON value a line. */
  // oxlint-disable-next-line typescript/no-explicit-any -- what a command prints; each test looks at its own part
  async json(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<any[]> {
    const { out } = await this.run(args, env);
    return out.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
  }

  /** Starts a worker and waits until it is ready. */
  async worker(file: string, ...more: readonly string[]): Promise<Running> {
    const worker = this.start(["worker", file, ...more]);
    await worker.until(/is ready/);
    return worker;
  }

  #spawn(args: readonly string[], env: Readonly<Record<string, string>>): Running {
    const kept = Object.entries(process.env).filter(
      ([name]) => !/^(MILLRACE_(?!ALWAYS_REPLAY$)|NODE_OPTIONS$|FORCE_COLOR$)/.test(name),
    );
    const child = spawn(process.execPath, args, {
      cwd: this.home,
      env: { ...Object.fromEntries(kept), ...this.#env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const running = new Running(child);
    this.#running.push(running);
    return running;
  }

  /** The effects so far: what was done, and by which process. */
  effects(): readonly { readonly what: string; readonly pid: number }[] {
    if (!existsSync(this.effectsFile)) return [];
    const lines = readFileSync(this.effectsFile, "utf8").split("\n").filter(Boolean);
    return lines.map((line) => {
      const words = line.split(" ");
      return { what: words.slice(0, -1).join(" "), pid: Number(words.at(-1)) };
    });
  }

  async untilEffects(isEnough: (effects: ReturnType<CliScene["effects"]>) => boolean): Promise<void> {
    await vi.waitUntil(() => isEnough(this.effects()), { timeout: 60_000, interval: 10 });
  }

  openGate(): void {
    writeFileSync(this.gate, "");
  }

  async end(): Promise<void> {
    for (const running of this.#running) {
      const { exitCode, signalCode } = running.child;
      if (exitCode === null && signalCode === null) await running.end("SIGKILL");
    }
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
  }
}
