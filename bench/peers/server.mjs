import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of its own for what a server keeps. */
export const newFolder = (name) => mkdtempSync(join(tmpdir(), `millrace-bench-${name}-`));

export const removeFolder = (folder) =>
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });

/** Bytes of all files below a folder. */
export function bytesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + sizeOf(join(entry.parentPath, entry.name)), 0);
}

function sizeOf(file) {
  try {
    return statSync(file).size;
  } catch {
    return 0; // compacted away in the meantime
  }
}

/** Starts a server of a peer, and waits until `isReady` says so; it is ended by its pid. */
export async function startServer({ command, args, env, cwd, isReady, timeoutMs = 60_000 }) {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => (output = (output + chunk).slice(-4_000)));
  child.on("error", (error) => (output += error.message));
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  process.once("exit", () => child.kill("SIGKILL"));
  try {
    await waitUntil(isReady, timeoutMs, () => child.exitCode !== null || child.pid === undefined);
  } catch (error) {
    await stop();
    throw new Error(`${command} did not start: ${error.message}\n${output}`, { cause: error });
  }
  return { pid: child.pid, stop };
}

/** Asks again until the answer is true. */
export async function waitUntil(isReady, timeoutMs, hasEnded = () => false) {
  const deadline = Date.now() + timeoutMs;
  while (!(await isReady().catch(() => false))) {
    if (hasEnded()) throw new Error("it has ended");
    if (Date.now() > deadline) throw new Error(`no answer in ${timeoutMs / 1_000} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Whether a URL answers with success. */
export const answers = (url) => async () => (await fetch(url)).ok;
