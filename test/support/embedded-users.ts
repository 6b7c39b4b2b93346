import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";
import type { EmbeddedOptions } from "../../src/redis/embedded.ts";
import { ask } from "../../src/redis/embedded-probe.ts";
import type { Reply } from "../fixtures/embedded-user.ts";
import { untilHandedOver } from "./handed-over.ts";

const program = fileURLToPath(new URL("../fixtures/embedded-user.ts", import.meta.url));

export interface User {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  tell(word: string): Promise<Reply>;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts a process that waits for its first word. */
export function startUser(options: EmbeddedOptions, env: Readonly<Record<string, string>> = {}): User {
  const child = spawn(process.execPath, ["--import", "tsx", program, JSON.stringify(options)], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = once(child, "exit");
  return {
    child,
    ended,
    async tell(word) {
      child.stdin.write(`${word}\n`);
      const line = await answers.next();
      if (line.done) throw new Error(`the process ended instead of answering "${word}"`);
      return JSON.parse(line.value) as Reply;
    },
    async kill(signal = "SIGKILL") {
      child.kill(signal);
      await ended;
    },
  };
}

/** A scene with its own directory; whatever it started is ended by pid. */
export class Scene {
  readonly home = realpathSync(mkdtempSync(join(tmpdir(), "embedded-")));
  readonly dir = join(this.home, ".millrace");
  readonly socketPath = join(this.dir, "redis.sock");
  readonly users: User[] = [];

  start(options: Partial<EmbeddedOptions> = {}, env: Readonly<Record<string, string>> = {}): User {
    const user = startUser({ dir: this.dir, ...options }, env);
    this.users.push(user);
    return user;
  }

  /** Starts a process and has it open the server. */
  async open(options: Partial<EmbeddedOptions> = {}): Promise<User> {
    const user = this.start(options);
    const { ok, message } = await user.tell("open");
    if (!ok) throw new Error(message);
    return user;
  }

  /** Pids of all processes, guard and server, that work in the directory. */
  processes(): readonly number[] {
    return processesIn(this.dir);
  }

  /** Pids of the servers among them: never more than one. */
  servers(): readonly number[] {
    return this.processes().filter(isServer);
  }

  /** The guard is the server's parent, the watcher the guard's other child, the reader the watcher's child. */
  partPid(part: "guard" | "watcher" | "reader"): number {
    const all = this.processes();
    const find = (is: (pid: number) => boolean): number => {
      const pid = all.find(is);
      if (pid === undefined) throw new Error(`no ${part} among ${all.join(", ")}`);
      return pid;
    };
    const server = find(isServer);
    const guard = parentOf(server);
    const watcher = find((pid) => pid !== server && parentOf(pid) === guard);
    const reader = find((pid) => parentOf(pid) === watcher);
    return { guard, watcher, reader }[part];
  }

  /** All processes are gone, without anybody's help. */
  async untilDeserted(): Promise<void> {
    const check = (): void => {
      const left = this.processes();
      if (left.length > 0) throw new Error(`still there: ${left.join(", ")}`);
    };
    await vi.waitFor(check, { timeout: 20_000, interval: 5 });
  }

  appendOnlyFile(): string {
    const folder = join(this.dir, "appendonlydir");
    const name = readdirSync(folder).find((file) => file.endsWith(".incr.aof"));
    return join(folder, name ?? "missing");
  }

  async end(): Promise<void> {
    for (const user of this.users) {
      if (user.child.exitCode === null && user.child.signalCode === null) await user.kill();
    }
    for (const pid of this.processes()) end(pid);
    rmSync(this.home, { recursive: true, force: true });
  }
}

function processesIn(dir: string): readonly number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => pid !== process.pid && worksIn(pid, dir));
}

function worksIn(pid: number, dir: string): boolean {
  try {
    return realpathSync(`/proc/${pid}/cwd`) === dir;
  } catch {
    return false; // ended while we looked
  }
}

// A process may end while we look at it: then it has no text.
function ofProcess(pid: number, file: "stat" | "comm"): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it has just ended, as it should
  }
}

const statOf = (pid: number): readonly string[] => (ofProcess(pid, "stat").split(") ")[1] ?? "").split(" ");

const parentOf = (pid: number): number => Number(statOf(pid)[1]);

/** The session a process belongs to; Ctrl-C reaches only the terminal's. */
export const sessionOf = (pid: number): number => Number(statOf(pid)[3]);

const isServer = (pid: number): boolean => /redis-server|valkey-server/.test(ofProcess(pid, "comm"));

export const isAlive = (pid: number): boolean => !["", "Z"].includes(statOf(pid)[0] ?? "");

/** Pid of the server that answers on the socket; throws when there is none. */
export async function serverPid(socketPath: string): Promise<number> {
  const info = await readReply(socketPath, "INFO server");
  return Number(/process_id:(\d+)/.exec(info)?.[1]);
}

/** Ends the server as a crash would, when the system has what it acknowledged. Resolves to its pid. */
export async function killServer(socketPath: string): Promise<number> {
  const pid = await serverPid(socketPath);
  await untilHandedOver(socketPath);
  process.kill(pid, "SIGKILL");
  return pid;
}

/** The whole text of a reply that is ended by an empty line or a single line. */
function readReply(socketPath: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = createConnection({ path: socketPath });
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    socket.end(`${command}\r\nQUIT\r\n`);
  });
}

/** `SET`, acknowledged. */
export async function write(socketPath: string, key: string, value: string): Promise<void> {
  const reply = await ask(socketPath, `SET ${key} ${value}`);
  if (reply !== "+OK") throw new Error(`SET answered ${reply}`);
}

export async function read(socketPath: string, key: string): Promise<string | undefined> {
  return (await readReply(socketPath, `GET ${key}`)).split("\r\n")[1];
}

export async function readConfig(socketPath: string, name: string): Promise<string | undefined> {
  return (await readReply(socketPath, `CONFIG GET ${name}`)).split("\r\n")[4];
}
