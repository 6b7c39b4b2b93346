import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { EngineError } from "../base/errors.ts";

const names = ["redis-server", "valkey-server"] as const;
// where package managers put programs that the PATH of a desktop session or a cron job may lack
const morePlaces = ["/usr/local/bin", "/opt/homebrew/bin", "/usr/bin", "/usr/sbin"];

/** The path of a program on the PATH, or null. */
export function findProgram(name: string, places: readonly string[] = pathPlaces()): string | null {
  return places.map((place) => join(place, name)).find(isProgram) ?? null;
}

/**
 * The server to run: `wanted`, else redis-server, else valkey-server.
 * @throws EngineError REDIS_MISSING with the command that installs one
 */
export function findServer(wanted?: string): string {
  if (wanted !== undefined) {
    const found = wanted.includes("/") ? resolve(wanted) : findProgram(wanted);
    if (found !== null && isProgram(found)) return found;
    throw missing(`the program ${wanted}`, [wanted]);
  }
  const places = [...new Set([...pathPlaces(), ...morePlaces])];
  for (const name of names) {
    const found = findProgram(name, places);
    if (found !== null) return found;
  }
  throw missing(`redis-server or valkey-server in ${places.join(", ")}`, places);
}

function missing(lookedFor: string, places: readonly string[]): EngineError {
  const message = `Millrace found no Redis to start: looked for ${lookedFor}. Install one with \`${installCommand()}\`, or set MILLRACE_REDIS_URL to a Redis that runs already.`;
  return new EngineError("REDIS_MISSING", message, { lookedIn: places });
}

const pathPlaces = (): readonly string[] => (process.env["PATH"] ?? "").split(delimiter).filter(Boolean);

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // not there, or not for us: look further
  }
}

interface System {
  readonly platform: string;
  readonly osRelease: string; // text of /etc/os-release; "" = there is none
  readonly isRoot: boolean;
}

// Newer Fedora and RHEL, and Arch, package Valkey in the place of Redis.
const commands: Readonly<Record<string, string>> = {
  debian: "sudo apt-get install -y redis-server",
  ubuntu: "sudo apt-get install -y redis-server",
  fedora: "sudo dnf install -y redis || sudo dnf install -y valkey",
  rhel: "sudo dnf install -y redis || sudo dnf install -y valkey",
  alpine: "sudo apk add redis",
  arch: "sudo pacman -S --noconfirm valkey",
  suse: "sudo zypper install -y redis",
};

/** The command that installs a server on `system`, by default this one. */
export function installCommand(system: System = thisSystem()): string {
  if (system.platform === "darwin") return "brew install redis";
  const command = idsOf(system.osRelease)
    .map((id) => commands[id])
    .find((known) => known !== undefined);
  if (command === undefined) return "your package manager's redis or valkey package";
  return system.isRoot ? command.replaceAll("sudo ", "") : command; // containers of root often lack sudo
}

// ID first, then what the distribution says it is like, nearest first
function idsOf(osRelease: string): readonly string[] {
  const value = (key: string): string =>
    new RegExp(`^${key}=["']?([^"'\\n]*)`, "m").exec(osRelease)?.[1] ?? "";
  return `${value("ID")} ${value("ID_LIKE")}`.split(/\s+/).filter(Boolean);
}

function thisSystem(): System {
  let osRelease = "";
  try {
    osRelease = readFileSync("/etc/os-release", "utf8");
  } catch {
    // not Linux, or a bare container: the general advice has to do
  }
  return { platform: process.platform, osRelease, isRoot: process.getuid?.() === 0 };
}
