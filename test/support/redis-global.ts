import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    redisUrl: string; // a real server, shared by the project's files: make every name in it unique
  }
}

const startTimeoutMs = 45_000;
const binaries = ["redis-server", "valkey-server"];

/** Starts a Redis of its own for one vitest project and stops it, and only it, at the end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-redis-"));
  const port = await freePort();
  const server = await start(port, folder);
  const endWithUs = (): boolean => server.kill("SIGKILL"); // when vitest itself dies by an exit
  process.once("exit", endWithUs);
  project.provide("redisUrl", `redis://127.0.0.1:${port}`);

  return async () => {
    process.off("exit", endWithUs);
    const ended = once(server, "exit");
    if (server.exitCode === null && server.kill("SIGTERM")) await ended;
    await rm(folder, { recursive: true, force: true });
  };
}

async function start(port: number, folder: string): Promise<ChildProcess> {
  const failures: string[] = [];
  for (const binary of binaries) {
    const output: string[] = [];
    const server = spawn(binary, settings(port, folder), { stdio: ["ignore", "pipe", "pipe"] });
    server.on("error", (error) => output.push(error.message));
    for (const stream of [server.stdout, server.stderr])
      stream.on("data", (chunk) => output.push(String(chunk)));
    if (await answers(server, port)) return server;
    server.kill("SIGKILL");
    failures.push(`${binary}: ${output.join("").trim()}`);
  }
  throw new Error(`No Redis for the tests (npm test installs one):\n${failures.join("\n")}`);
}

function settings(port: number, folder: string): string[] {
  const options = {
    port,
    bind: "127.0.0.1",
    dir: folder,
    appendonly: "yes",
    save: "",
    "maxmemory-policy": "noeviction",
  };
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

async function answers(server: ChildProcess, port: number): Promise<boolean> {
  const deadline = Date.now() + startTimeoutMs;
  while (server.pid !== undefined && server.exitCode === null && Date.now() < deadline) {
    if (await pings(port)) return true;
    await pause(20);
  }
  return false;
}

function pings(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    const settle = (alive: boolean) => (): void => {
      socket.destroy();
      resolve(alive);
    };
    socket.setTimeout(500, settle(false));
    socket.once("error", settle(false));
    socket.once("data", (reply) => settle(reply.toString().startsWith("+PONG"))());
  });
}

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("No free port on 127.0.0.1");
  return address.port;
}
