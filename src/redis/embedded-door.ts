import { spawnSync } from "node:child_process";
import { closeSync, constants, existsSync, openSync } from "node:fs";
import { Socket } from "node:net";

/*
 * The door is a FIFO. Every process that uses the server holds its write end; the server's guard reads it.
 * The kernel counts for us:
 *
 * 1. The guard reads end-of-file exactly when the last user has closed or died, by whatever signal.
 * 2. Opening the write end fails (ENXIO) exactly when no guard holds the read end.
 * 3. An entry counts only when it is proven: a guard that has just read end-of-file is about to stop the
 *    server, yet its read end stays open for an instant. So a newcomer writes more than a pipe can hold;
 *    that ends only when a guard has read some of it *after* we had entered, and such a guard cannot see
 *    end-of-file before we leave. A guard on its way out closes its end instead, and we get EPIPE.
 *
 * Node opens files close-on-exec, so no child of a user holds the door open by accident.
 */

// 16 pages is what a pipe holds; pages have 4 to 64 KiB. 2 ms.
const proofBytes = 16 * 65_536 + 1;

/** The write end of the door, or null when nobody reads it. Does not keep the event loop alive. */
export function enterDoor(path: string): Socket | null {
  let fd: number;
  try {
    fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (isCode(error, "ENXIO") || isCode(error, "ENOENT")) return null;
    throw error;
  }
  const entry = new Socket({ fd, readable: false, writable: true });
  // a lost reader is told by the callback of the write
  entry.on("error", () => undefined);
  entry.unref();
  return entry;
}

/** Makes the door where there is none, enters, and opens the read end, which is for the guard to inherit. */
export function buildDoor(path: string): { readonly entry: Socket; readonly readEnd: number } {
  if (!existsSync(path)) {
    const made = spawnSync("mkfifo", ["-m", "600", path], { encoding: "utf8" });
    // somebody else may have made it in between
    if (!existsSync(path)) throw new Error(`mkfifo ${path}: ${made.error?.message ?? made.stderr.trim()}`);
  }
  // Opening the read end blocks while there is no writer, and opening the write end fails while there is
  // no reader: a throw-away non-blocking reader lets us have both. The guard needs one that blocks.
  const first = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const entry = enterDoor(path);
    if (entry === null) throw new Error(`${path} was replaced while we opened it`);
    return { entry, readEnd: openSync(path, constants.O_RDONLY) };
  } finally {
    closeSync(first);
  }
}

/** True when a guard has read from the door after we entered, see 3; false when there is none any more. */
export function proveEntry(entry: Socket): Promise<boolean> {
  return put(entry, proofBytes);
}

/** False when the guard has gone since we entered. */
export function isAttended(entry: Socket): Promise<boolean> {
  return put(entry, 1);
}

function put(entry: Socket, sizeBytes: number): Promise<boolean> {
  entry.ref();
  return new Promise((resolve) => {
    entry.write(Buffer.alloc(sizeBytes), (error) => {
      entry.unref();
      resolve(!error);
    });
  });
}

/** Whether a guard holds the read end now. */
export function hasGuard(path: string): boolean {
  try {
    closeSync(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
    return true;
  } catch {
    return false; // no reader, or no door: either way nobody is there
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
