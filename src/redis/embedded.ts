import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { EngineError } from "../base/errors.ts";
import { findProgram, findServer } from "./embedded-binary.ts";
import { buildDoor, enterDoor, hasGuard, isAttended, proveEntry } from "./embedded-door.ts";
import { directoryOwned, type Guard, type OwnerLock, startGuard } from "./embedded-guard.ts";
import { ask, ping, watchEnd } from "./embedded-probe.ts";
import { logSize, prepareSite, readLogTail, type Site, socketName, toSiteError } from "./embedded-site.ts";

/** When an acknowledged write is on the disk: at most about two seconds later, or before its answer. */
export type Durability = "everysec" | "always";

export interface EmbeddedOptions {
  readonly dir: string; // holds the log; made 0700 when missing
  readonly durability?: Durability; // default everysec; "always" also tightens a server that runs already
  readonly binary?: string; // default redis-server, else valkey-server
  readonly lock?: OwnerLock; // default flock where that program exists; all users of a dir must agree
}

/** A private server, shared with every process that opened the same directory. */
export interface EmbeddedRedis {
  readonly socketPath: string;
  readonly dir: string;
  /**
   * Starts the server again if it died; else costs some milliseconds. Any number of callers, also in other
   * processes, end up with one server on the same socket, and with all that was acknowledged.
   * @throws EngineError as `openEmbedded`; SHUTTING_DOWN after `close`
   */
  revive(): Promise<void>;
  /**
   * Leaves. The last process to leave (or to die) shuts the server down cleanly; here, that is waited for.
   * Calling it twice is fine. Without it the end of the process does the same.
   */
  close(): Promise<void>;
}

const silenceLimitMs = 15_000; // a server that lives but says nothing
const turnoverLimitMs = 30_000; // a directory that is owned, but served by nobody
const abandonedAfterMs = 1_000;

/**
 * Joins the server of `dir`, or starts it. The handle never keeps the event loop alive.
 * @throws EngineError REDIS_MISSING with the command to install one
 * @throws EngineError REDIS_UNAVAILABLE when the directory is unusable or the server dies at its start
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedRedis> {
  const site = prepareSite(options.dir);
  let entry = await enter(site, options);
  let reviving: Promise<void> | null = null;
  let closing: Promise<void> | null = null;

  const renew = async (): Promise<void> => {
    const next = await enter(site, options);
    entry.destroy(); // only now: until then it keeps the server from being the next one's last user
    entry = next;
    if (closing) next.destroy();
  };
  return {
    socketPath: site.socketPath,
    dir: site.dir,
    async revive() {
      if (closing)
        throw new EngineError("SHUTTING_DOWN", `The embedded Redis in ${site.dir} was closed here`);
      reviving ??= renew().finally(() => {
        reviving = null;
      });
      await reviving;
    },
    close: () => (closing ??= leave(site, () => entry.destroy())),
  };
}

async function enter(site: Site, options: EmbeddedOptions): Promise<Socket> {
  let ownedSince = Date.now();
  const logFrom = logSize(site);
  let crashes = 0;
  for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, 50)) {
    const { entry, guard } = join(site, options);
    if (await isServed(site, entry)) {
      if (options.durability === "always") await ask(site.socketPath, "CONFIG SET appendfsync always");
      return entry;
    }
    entry.destroy();
    const code = guard === null ? directoryOwned : await guard.exit();
    if (code !== directoryOwned) {
      crashes += 1;
      ownedSince = Date.now();
      // ended by a signal: not of its own accord, so the next start may succeed
      if (code < 128 || crashes > 2) throw diedAtStart(site, code, readLogTail(site, logFrom));
    }
    await endAbandoned(site, Date.now() - ownedSince);
    await sleep(pauseMs); // the server before us is on its way out, about 100 ms
  }
}

function join(site: Site, options: EmbeddedOptions): { entry: Socket; guard: Guard | null } {
  try {
    const joined = enterDoor(site.door);
    if (joined !== null) return { entry: joined, guard: null };
    const lock = options.lock ?? (findProgram("flock") === null ? "pidfile" : "flock");
    const command = [findServer(options.binary), ...flags(site, options.durability ?? "everysec")];
    const { entry, readEnd } = buildDoor(site.door);
    try {
      const order = { lock, lockPath: site.lock, readEnd, log: site.log, dir: site.dir, command };
      return { entry, guard: startGuard(order) };
    } catch (error) {
      entry.destroy(); // or we would count as a user for as long as we live
      throw error;
    }
  } catch (error) {
    throw error instanceof EngineError ? error : toSiteError(site.dir, error);
  }
}

/** True when the server answers and will not stop before we leave; false when its guard has gone. */
async function isServed(site: Site, entry: Socket): Promise<boolean> {
  if (!(await proveEntry(entry))) return false;
  let silentSince = Date.now();
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 25)) {
    const answer = await ping(site.socketPath);
    if (answer === "up") return true;
    if (!(await isAttended(entry))) return false;
    if (answer === "loading") silentSince = Date.now(); // a long log takes its time
    if (Date.now() - silentSince > silenceLimitMs) {
      entry.destroy();
      const message = `The embedded Redis in ${site.dir} runs, but has not answered on ${site.socketPath} for ${silenceLimitMs / 1000} s. Look into ${site.log}; end the server (its pid is in the log) if the socket was removed.`;
      throw new EngineError("REDIS_UNAVAILABLE", message, { dir: site.dir, socketPath: site.socketPath });
    }
    await sleep(pauseMs);
  }
}

// A server whose watcher was killed serves on, but would never be stopped and nobody could be its user:
// it is told to end, and its users revive it.
async function endAbandoned(site: Site, waitedMs: number): Promise<void> {
  if (waitedMs > turnoverLimitMs) {
    const message = `${site.lock} is held, but no server of it can be reached: does another machine or container use ${site.dir}?`;
    throw new EngineError("REDIS_UNAVAILABLE", message, { dir: site.dir });
  }
  if (waitedMs < abandonedAfterMs || hasGuard(site.door)) return;
  if ((await ping(site.socketPath)) === "up") await ask(site.socketPath, "SHUTDOWN");
}

async function leave(site: Site, depart: () => void): Promise<void> {
  const server = await watchEnd(site.socketPath);
  depart();
  if (server === null) return;
  // The guard closes its end within a millisecond or two of the last user's leaving. To look twice is
  // enough: if it was slower than that, the server ends just as cleanly, only we do not wait for it.
  for (const pauseMs of [4, 16]) {
    await sleep(pauseMs);
    if (hasGuard(site.door)) continue;
    await Promise.race([server.ended, sleep(10_000, undefined, { ref: false })]);
    break;
  }
  server.stop();
}

// `--appendonly yes` has to be there at every start: one without it ignores the log.
function flags(site: Site, durability: Durability): readonly string[] {
  const set = {
    port: "0",
    unixsocket: socketName,
    unixsocketperm: "700",
    dir: site.dir,
    appendonly: "yes",
    appendfsync: durability,
    save: "",
    "maxmemory-policy": "noeviction",
    "stream-node-max-bytes": "1024",
    loglevel: "warning",
    logfile: site.log,
    daemonize: "no",
  };
  return Object.entries(set).flatMap(([name, value]) => [`--${name}`, value]);
}

const remedies: readonly (readonly [RegExp, string])[] = [
  [/no space left/i, "Free some disk space"],
  [/permission denied|read-only file system/i, "Make the directory and its files writable for this user"],
  [/can't handle rdb format version/i, "A newer server wrote this log: use that one or a newer one"],
  [
    /bad file format|unexpected end of file|unrecoverable error|truncated/i,
    "The log is damaged: copy the directory, then run `redis-check-aof --fix` on the .manifest in its appendonlydir",
  ],
  [
    /bad directive|wrong number of arguments/i,
    "This server is too old: Millrace needs Redis 7.0 or Valkey 7.2",
  ],
];

function diedAtStart(site: Site, code: number, lines: readonly string[]): EngineError {
  const said = lines.join("\n");
  const remedy = remedies.find(([pattern]) => pattern.test(said))?.[1] ?? `See ${site.log}`;
  const message = `The embedded Redis in ${site.dir} ended at its start with exit code ${code}. ${remedy}. Its last words:\n${said || "(none)"}`;
  return new EngineError("REDIS_UNAVAILABLE", message, { dir: site.dir, code, log: site.log });
}
