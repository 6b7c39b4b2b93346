import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { freePort } from "../../test/support/redis-server.ts";
import { startPostgres } from "../suite/postgres.ts";
import { NotAvailable } from "../suite/words.ts";
import { notWritten } from "./peer.mjs";
import { answers, bytesOf, newFolder, removeFolder, startServer } from "./server.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const python = here("./.venv/bin/python");
const prefect = here("./.venv/bin/prefect");
const mark = "@bench ";

/** Prefect: flows in a Python process, their states sent to a local server over HTTP. */
export const engine = {
  pace: { longRun: 100, inFlight: 10, warmUp: 1, wideFan: 0 },
  open: async ({ variant }) => {
    if (!existsSync(prefect))
      throw new NotAvailable("Prefect is not installed (node bench/peers/install.mjs)");
    const folder = newFolder("prefect");
    const postgres = variant === "postgres" ? await startPostgres() : null;
    const server = await startPrefect(folder, postgres);
    const driver = await startDriver(folder, server.api);
    return {
      about: {
        versions: { prefect: versionOf(), ...(postgres === null ? {} : { postgres: postgres.version }) },
        settings: `local server, ${postgres?.settings ?? "SQLite with its defaults"}, flows called in one Python process, at most 10 at a time`,
        load: "in the engine's process",
      },
      storePids: [server.pid, ...(postgres === null ? [] : [postgres.pid])],
      runs: driver.runs,
      storeBytes: postgres?.bytes ?? (async () => ({ data: bytesOf(folder), log: Number.NaN })),
      close: async () => {
        await driver.stop();
        await server.stop();
        await postgres?.stop();
        removeFolder(folder);
      },
    };
  },
  cannot: () => ({
    ...notWritten("B5", "B9", "B10", "S"),
    B6: "a run whose process died stays Running, or is marked Crashed; nothing continues it",
    B8: "there is no history to replay; a retried run begins anew, with cached results where that is on",
  }),
};

async function startPrefect(folder, postgres) {
  const port = await freePort();
  const url = await postgres?.createDatabase("prefect");
  const api = `http://127.0.0.1:${port}/api`;
  const server = await startServer({
    command: prefect,
    args: ["server", "start", "--host", "127.0.0.1", "--port", String(port)],
    cwd: folder,
    env: {
      ...quiet(folder),
      PREFECT_API_URL: api,
      ...(url === undefined
        ? {}
        : { PREFECT_API_DATABASE_CONNECTION_URL: url.replace("postgresql:", "postgresql+asyncpg:") }),
    },
    isReady: answers(`${api}/health`),
    timeoutMs: 120_000,
  });
  return { ...server, api };
}

const quiet = (folder) => ({
  PREFECT_HOME: folder,
  PREFECT_LOGGING_LEVEL: "ERROR",
  PREFECT_SERVER_ANALYTICS_ENABLED: "false",
  PREFECT_SERVER_UI_ENABLED: "false",
  DO_NOT_TRACK: "1",
});

async function startDriver(folder, api) {
  const child = spawn(python, [here("./prefect_driver.py")], {
    cwd: folder,
    env: { ...process.env, ...quiet(folder), PREFECT_API_URL: api },
    stdio: ["pipe", "pipe", "inherit"],
  });
  process.once("exit", () => child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout });
  await next(child, lines, (line) => line === "ready");
  return {
    runs: async (batch) => {
      const answer = next(child, lines, (line) => line.startsWith(mark));
      child.stdin.write(`${JSON.stringify(batch)}\n`);
      return JSON.parse((await answer).slice(mark.length));
    },
    stop: async () => {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** The next line that is meant for us. */
async function next(child, lines, isMine) {
  return new Promise((resolve, reject) => {
    const fail = (code) => reject(new Error(`The Python process ended with ${code}.`));
    child.once("exit", fail);
    lines.on("line", function listen(line) {
      if (!isMine(line)) return;
      lines.off("line", listen);
      child.off("exit", fail);
      resolve(line);
    });
  });
}

function versionOf() {
  const code = "import importlib.metadata; print(importlib.metadata.version('prefect'))";
  return spawnSync(python, ["-c", code], { encoding: "utf8" }).stdout.trim();
}
