import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";

/** How a server keeps a second one off its directory. */
export type OwnerLock = "flock" | "pidfile";

/** Exit code of a guard that found the directory owned by another one. */
export const directoryOwned = 75;

export interface Guard {
  /**
   * Resolves to the exit code: `directoryOwned`, or that of the server; 128 + n when signal n ended it. The
   * event loop stays alive while somebody waits, else the process would end in the middle of an open.
   */
  exit(): Promise<number>;
}

/*
 * The guard: a shell in a session of its own, so that neither Ctrl-C nor the end of the process that
 * started it reaches it or the server. Standard input is the read end of the door.
 *
 * $1 = owner lock, the rest = the server and its flags.
 */

// Descriptor 9 is inherited by the server: the lock lasts while the guard or the server lives, and the
// kernel drops it, also after kill -9.
const takeFlock = `
exec 9>>"$1"; shift
flock -n 9 || exit ${directoryOwned}
register() { :; }
release() { :; }
`;

// Without flock(1), as on macOS: a file with the pids of guard and server, made by link(2), which is atomic
// and refuses when there is one. A file whose processes are all dead is stale and moved away; what was
// moved is looked at again, as another starter may have replaced the stale one in between.
const takePidFile = `
lock=$1; shift
alive() {
  kill -0 "$1" 2>/dev/null || return 1
  command -v ps >/dev/null || return 0
  case $(ps -o stat= -o comm= -p "$1") in
    Z*) return 1 ;;
    *redis* | *valkey* | *sh | *"\${2##*/}"*) return 0 ;;
    *) return 1 ;; # the pid was given to somebody else, as after a reboot
  esac
}
refuse() { rm -f "$lock.$$"; exit ${directoryOwned}; }
register() { echo "$1" >>"$lock"; }
release() { rm -f "$lock"; }
echo $$ >"$lock.$$"
if ! ln "$lock.$$" "$lock" 2>/dev/null; then
  seen=$(cat "$lock" 2>/dev/null)
  for pid in $seen; do alive "$pid" "$1" && refuse; done
  mv "$lock" "$lock.$$.old" 2>/dev/null || refuse
  [ "$(cat "$lock.$$.old")" = "$seen" ] || { ln "$lock.$$.old" "$lock"; rm -f "$lock.$$.old"; refuse; }
  rm -f "$lock.$$.old"
  ln "$lock.$$" "$lock" 2>/dev/null || refuse
fi
rm -f "$lock.$$"
`;

// Only the watcher and its cat may hold the read end, and they must not hold the lock: whoever sees
// neither reader nor lock may start the next server.
const serve = `
"$@" 3<&- &
server=$!
register "$server"
( cat <&3 >/dev/null; kill -TERM "$server" ) 9>&- &
exec 3<&-
wait "$server"
code=$?
trap '' TERM
kill -TERM 0 # the watcher, when the server ended before its users
release
wait
exit "$code"
`;

const script = (lock: OwnerLock): string =>
  `umask 077\nexec 3<&0 </dev/null\n${lock === "flock" ? takeFlock : takePidFile}${serve}`;

export interface GuardOrder {
  readonly lock: OwnerLock;
  readonly lockPath: string;
  readonly readEnd: number; // of the door; closed here, whatever happens
  readonly log: string; // takes what the guard and the server print
  readonly dir: string;
  readonly command: readonly string[]; // the server and its flags
}

/** Starts a guard, which lives on without us. It does not keep the event loop alive. */
export function startGuard({ lock, lockPath, readEnd, log, dir, command }: GuardOrder): Guard {
  const opened = [readEnd];
  try {
    const output = openSync(log, "a", 0o600);
    opened.push(output);
    const child = spawn("/bin/sh", ["-c", script(lock), "millrace-guard", lockPath, ...command], {
      cwd: dir,
      detached: true,
      stdio: [readEnd, output, output],
    });
    const exited = new Promise<number>((resolve) => {
      child.once("error", () => resolve(127));
      child.once("exit", (code) => resolve(code ?? 128));
    });
    child.unref();
    return {
      exit() {
        child.ref();
        return exited;
      },
    };
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}
