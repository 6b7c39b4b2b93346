import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { packageVariable } from "./compiled-package.ts";
import { type Block, fileOf, folderOf, root } from "./markdown-examples.ts";

const limitMs = 40_000; // of one program or command
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const copy = process.env[packageVariable] ?? root;
const commandLine = join(copy, "bin/millrace.mjs");

/** The `npx` of the examples: the packages of this repository, without npm and its processes in between. */
const npxScript = `#!/bin/sh
program=$1
shift
case $program in
  tsx) exec "${process.execPath}" --import "${tsx}" "$@" ;;
  millrace) exec "${process.execPath}" "${commandLine}" "$@" ;;
esac
echo "examples may use npx tsx and npx millrace, not $program" >&2
exit 64
`;

export function writeNpx(project: string): void {
  writeFileSync(join(project, "npx"), npxScript, { mode: 0o755 });
}

interface Ended {
  readonly status: number; // 128 + the signal's number, as a shell says it
  readonly output: string;
}

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** One page's examples, on the store of the project and in a namespace of the page. */
export class PageRun {
  readonly #project: string;
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #terminals = new Map<string, Started>();

  constructor(project: string, page: string, env: Readonly<Record<string, string>> = {}) {
    this.#project = project;
    this.#folder = folderOf(project, page);
    const { MILLRACE_REDIS_URL: _, ...inherited } = process.env;
    this.#env = {
      ...inherited,
      ...env,
      PATH: `${project}:${inherited["PATH"] ?? ""}`,
      NO_COLOR: "1",
      TSX_TSCONFIG_PATH: join(copy, "tsconfig.json"), // what `from "millrace"` means
      MILLRACE_DIR: join(project, "store"),
      MILLRACE_NAMESPACE: basename(this.#folder).slice(-40),
    };
  }

  /** Does what a reader would do with the block; resolves to what went wrong, or null. */
  async play(block: Block): Promise<string | null> {
    const { language, marks, text } = block;
    if (language === "sh") return this.#commands(block);
    if (language !== "ts" || marks.has("fragment") || marks.has("signature")) return null;
    const file = marks.get("file");
    if (file === undefined) return this.#program(block);
    writeFileSync(join(this.#folder, basename(file)), text);
    return null;
  }

  /** Runs programs that must all end well, one after another in one process; resolves to what went wrong, or null. */
  async playTogether(blocks: readonly Block[]): Promise<string | null> {
    const [first] = blocks;
    if (first === undefined) return null;
    const lines = blocks.map((block) => `await import(${JSON.stringify(fileOf(this.#project, block))});\n`);
    const file = join(this.#folder, "together.ts");
    writeFileSync(file, `${lines.join("")}export {};\n`);
    const ended = await this.#start(`npx tsx ${file}`).ended;
    return ended.status === 0 ? null : complain(first, "0, together with those below it", ended);
  }

  /** Stops what still runs in the background; resolves to what did not stop well, or null. */
  async close(): Promise<string | null> {
    const problems: string[] = [];
    for (const [name, { child, ended }] of this.#terminals) {
      child.kill("SIGTERM");
      const { status, output } = await ended;
      if (status !== 0 && status !== killed)
        problems.push(`terminal ${name} ended with ${status}:\n${output}`);
    }
    return problems.length === 0 ? null : problems.join("\n");
  }

  async #program(block: Block): Promise<string | null> {
    const wanted = block.marks.get("throws");
    const ended = await this.#start(`npx tsx ${fileOf(this.#project, block)}`).ended;
    if (wanted === undefined) return ended.status === 0 ? null : complain(block, "0", ended);
    const isRight = ended.status !== 0 && ended.output.includes(wanted);
    return isRight ? null : complain(block, `a failure that says "${wanted}"`, ended);
  }

  async #commands(block: Block): Promise<string | null> {
    const { marks, text } = block;
    const victim = this.#terminals.get(marks.get("kill") ?? "");
    if (victim !== undefined) {
      victim.child.kill("SIGKILL");
      await victim.ended;
    }
    const lines = text.split("\n").filter((line) => executed.test(line));
    for (const [index, line] of lines.entries()) {
      const wanted = index === lines.length - 1 ? Number(marks.get("exit") ?? 0) : 0;
      const problem = await this.#command(block, line, wanted);
      if (problem !== null) return problem;
    }
    return null;
  }

  async #command(block: Block, line: string, wanted: number): Promise<string | null> {
    const started = this.#start(line);
    const terminal = block.marks.get("terminal");
    if (terminal !== undefined) {
      this.#terminals.set(terminal, started);
      return (await isReady(started))
        ? null
        : complain(block, `"is ready", from "${line}"`, await started.ended);
    }
    const ended = await started.ended;
    return ended.status === wanted ? null : complain(block, `${wanted}, from "${line}"`, ended);
  }

  #start(line: string): Started {
    const [, settings = "", command = ""] = executed.exec(line) ?? [];
    const child = spawn("/bin/sh", ["-c", `${settings} exec ${command}`], {
      cwd: this.#folder,
      env: this.#env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    return { child, ended: outcomeOf(child) };
  }
}

const killed = 137;
const executed = /^((?:[A-Z_]+=\S* )*)(npx (?:tsx|millrace) .*)$/;

/** A worker says that it is; false = it has ended instead. */
async function isReady({ child, ended }: Started): Promise<boolean> {
  const ready = new Promise<boolean>((resolve) => {
    child.stderr?.on("data", (chunk) => {
      if (String(chunk).includes("is ready")) resolve(true);
    });
  });
  return Promise.race([ready, ended.then(() => false)]);
}

async function outcomeOf(child: ChildProcess): Promise<Ended> {
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk) => output.push(String(chunk)));
  const timer = setTimeout(() => child.kill("SIGKILL"), limitMs);
  await once(child, "close");
  clearTimeout(timer);
  const status = child.exitCode ?? (child.signalCode === "SIGKILL" ? killed : 143);
  return { status, output: output.join("") };
}

function complain({ page, line }: Block, wanted: string, { status, output }: Ended): string {
  return `${page}:${line} should have ended with ${wanted}, and ended with ${status}:\n${output}`;
}
