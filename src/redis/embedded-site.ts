import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { EngineError } from "../base/errors.ts";

/** The files of one embedded server. */
export interface Site {
  readonly dir: string; // real path
  readonly socketPath: string; // short enough to connect to; may lead through a link elsewhere
  readonly door: string;
  readonly lock: string;
  readonly log: string;
}

/** The server makes its socket in its own directory, by this relative name, which is never too long. */
export const socketName = "redis.sock";

// sun_path has 108 bytes on Linux and 104 on macOS, one of them the closing zero
const maxSocketPathBytes = process.platform === "darwin" ? 103 : 107;

/** @throws EngineError REDIS_UNAVAILABLE when the directory cannot be made or used */
export function prepareSite(wanted: string): Site {
  const asked = resolve(wanted);
  try {
    mkdirSync(dirname(asked), { recursive: true });
    if (!existsSync(asked)) makePrivate(asked);
    if (!statSync(asked).isDirectory()) throw new Error("it is not a directory");
    const dir = realpathSync(asked);
    return {
      dir,
      socketPath: reach(dir),
      door: join(dir, "door"),
      lock: join(dir, "owner.lock"),
      log: join(dir, "redis.log"),
    };
  } catch (cause) {
    throw toSiteError(asked, cause);
  }
}

export function toSiteError(dir: string, cause: unknown): EngineError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `Cannot keep the embedded Redis in ${dir}: ${why}. Make this directory writable for the user who runs Millrace, choose another one, or set MILLRACE_REDIS_URL.`;
  return new EngineError("REDIS_UNAVAILABLE", message, { dir }, cause);
}

function makePrivate(dir: string): void {
  try {
    mkdirSync(dir, { mode: 0o700 });
  } catch (error) {
    if (!existsSync(dir)) throw error; // else another process made it first
  }
}

// The link is ours alone: each process may choose its own place for it, since all lead to the same socket.
function reach(dir: string): string {
  const direct = join(dir, socketName);
  if (Buffer.byteLength(direct) <= maxSocketPathBytes) return direct;
  const uid = process.getuid?.() ?? 0;
  const name = createHash("sha256").update(dir).digest("hex").slice(0, 16);
  for (const place of [process.env["XDG_RUNTIME_DIR"], tmpdir(), "/tmp"]) {
    if (!place || !existsSync(place)) continue;
    const link = join(place, `millrace-${uid}`, name);
    if (Buffer.byteLength(join(link, socketName)) > maxSocketPathBytes) continue;
    linkTo(dir, link, uid);
    return join(link, socketName);
  }
  throw new Error(
    `its path is too long for a socket (${maxSocketPathBytes} bytes), and so is the temporary directory's`,
  );
}

function linkTo(dir: string, link: string, uid: number): void {
  const home = dirname(link);
  makePrivate(home);
  const { mode, uid: owner } = lstatSync(home);
  // in a directory that all may write to, somebody else could have put theirs, to be connected to
  if (owner !== uid || (mode & 0o077) !== 0) throw new Error(`${home} exists, and others may write to it`);
  try {
    symlinkSync(dir, link);
  } catch (error) {
    if (!existsSync(link) || readlinkSync(link) !== dir) throw error;
  }
}

export const logSize = (site: Site): number => (existsSync(site.log) ? statSync(site.log).size : 0);

/** The last lines that were logged after the log had `from` bytes. */
export function readLogTail(site: Site, from: number): readonly string[] {
  if (!existsSync(site.log)) return [];
  const fd = openSync(site.log, "r");
  try {
    const size = fstatSync(fd).size;
    const start = Math.max(Math.min(from, size), size - 8_192);
    const bytes = Buffer.alloc(size - start);
    const read = readSync(fd, bytes, 0, bytes.length, start);
    const lines = bytes.toString("utf8", 0, read).split("\n");
    return lines.filter((line) => line.trim() !== "").slice(-8);
  } finally {
    closeSync(fd);
  }
}
