// Makes a fresh clone runnable, says what it does, and is silent when nothing is missing.
// Only Node's own modules: it runs before there is anything else. `--test` adds what the tests need.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const leastNode = [20, 19];
const tries = 3; // registries and mirrors can be slow or briefly away
const pauseMs = 3_000;
const redisBinaries = ["redis-server", "valkey-server"];
const prometheusBinaries = ["prometheus", "promtool"];
const chromiumBinaries = ["chromium", "chromium-browser", "google-chrome"];
const servicePolicy = "/usr/sbin/policy-rc.d";

const root = fileURLToPath(new URL("..", import.meta.url));
const modules = join(root, "node_modules");
const stamp = join(modules, ".millrace-stamp");

checkNode();
installModules();
linkCommand();
installRedis();
if (process.argv.includes("--test")) prepareTests();

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1])) return;
  fail(
    `Millrace needs Node >= ${leastNode.join(".")}; this is ${process.versions.node} (${process.execPath}).`,
  );
}

function installModules() {
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === fingerprint()) return;
  say("installing npm packages (npm install)");
  // Not `npm ci`: it refuses a lock that leaves out other platforms' builds; `npm install` honours it all the same.
  const args = ["install", "--no-audit", "--no-fund"];
  if (!npm(args)) fail("npm install failed; its output above says why.");
  writeFileSync(stamp, fingerprint());
}

/** Changes whenever node_modules has to be looked at again: other packages, other platform, other Node. */
function fingerprint() {
  const hash = createHash("sha256").update(
    `${process.platform} ${process.arch} ${process.versions.modules}\n`,
  );
  for (const name of ["package.json", "package-lock.json"]) {
    const file = join(root, name);
    if (existsSync(file)) hash.update(name === "package.json" ? wantedPackages(file) : readFileSync(file));
  }
  return hash.digest("hex");
}

function wantedPackages(file) {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(file, "utf8"));
  return JSON.stringify([dependencies, devDependencies]);
}

function npm(args) {
  const script = process.env.npm_execpath; // set when npm started us
  if (script?.endsWith(".js")) return run(process.execPath, [script, ...args]);
  return run("npm", args);
}

/** npm links the commands of dependencies only; `npx millrace` in a checkout needs this one. */
function linkCommand() {
  const link = join(modules, ".bin", "millrace");
  const target = join("..", "..", "bin", "millrace.mjs");
  if (linkTarget(link) === target) return;
  rmSync(link, { force: true });
  symlinkSync(target, link);
}

function linkTarget(link) {
  try {
    return readlinkSync(link);
  } catch {
    return null; // no link yet, or something else in its place
  }
}

function installRedis() {
  if (redisBinaries.some(isOnPath)) return;
  if (!isOnPath("apt-get")) {
    fail(`no redis-server or valkey-server on PATH. Install one, then start again:\n  ${installCommand()}`);
  }
  const asRoot = rootPrefix();
  if (asRoot === null) {
    fail(
      "no redis-server on PATH, and no right to install it. Run, then start again:\n  sudo apt-get install redis-server",
    );
  }
  if (!aptInstall(asRoot, "redis-server"))
    fail("apt-get could not install redis-server; its output above says why.");
  if (!redisBinaries.some(isOnPath)) fail("redis-server was installed but is not on PATH.");
}

/** Installs a Debian package, and not what it merely recommends; tells whether it worked. */
function aptInstall(asRoot, name) {
  say(`installing ${name} (apt-get)`);
  const apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=120"];
  const [command, ...args] = [...asRoot, ...apt];
  run(command, [...args, "update"]); // a stale list may still do: the install decides
  return run(command, [...args, "install", "-y", "--no-install-recommends", name]);
}

/** What to put before a command that needs root; null = there is no way without asking for a password. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  const allowed = isOnPath("sudo") && spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0;
  return allowed ? ["sudo", "-n"] : null;
}

function installCommand() {
  const commands = {
    dnf: "sudo dnf install -y valkey    (older systems: redis)",
    yum: "sudo yum install -y redis",
    apk: "sudo apk add redis",
    pacman: "sudo pacman -S --noconfirm valkey",
    zypper: "sudo zypper install -y redis",
    brew: "brew install redis",
  };
  const found = Object.keys(commands).find(isOnPath);
  if (found !== undefined) return commands[found];
  if (process.platform === "darwin") return "brew install redis    (Homebrew: https://brew.sh)";
  return "see https://redis.io/docs/latest/operate/oss_and_stack/install/";
}

function isOnPath(name) {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .some((folder) => folder !== "" && isExecutable(join(folder, name)));
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // absent or not ours to run: the same here
  }
}

/** What only the tests need goes here, one entry per thing, checked first and silent when present. */
function prepareTests() {
  installForTests({
    name: "prometheus", // of Debian's package, its service and its command
    isThere: () => prometheusBinaries.every(isOnPath),
    what: "prometheus and promtool",
    page: "https://prometheus.io/docs/prometheus/latest/installation/",
  });
  installForTests({
    name: "postgresql",
    isThere: () => postgresFolders().some((folder) => isExecutable(join(folder, "initdb"))),
    what: "PostgreSQL",
    page: "https://www.postgresql.org/download/",
  });
  installForTests({
    name: "chromium",
    isThere: () => chromiumBinaries.some(isOnPath),
    what: "Chromium",
    page: "https://www.chromium.org/getting-involved/download-chromium/",
    isService: false,
  });
}

/** Debian keeps each version in a folder of its own and off the PATH. */
function postgresFolders() {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian) : [];
  return [
    ...versions.map((version) => join(debian, version, "bin")),
    ...(process.env.PATH ?? "").split(delimiter),
  ];
}

/**
 * The tests of dashboards and rules ask a real Prometheus, those of `millrace/postgres` a real PostgreSQL, those of the
 * UI a real browser, started by themselves. Debian's packages of the former also bring a system service; it is neither started now nor at the next boot.
 */
function installForTests({ name, isThere, what, page, isService = true }) {
  if (isThere()) return;
  const asRoot = isOnPath("apt-get") ? rootPrefix() : null;
  if (asRoot === null) {
    say(
      `no ${what} on this machine: tests that need it are skipped. To have them, install it:\n  ` +
        (isOnPath("apt-get") ? `sudo apt-get install ${name}` : page),
    );
    return;
  }
  const wasForbidden = existsSync(servicePolicy);
  // Debian's way to install without starting: the script is asked before each start, and 101 says no.
  const forbid = `printf '#!/bin/sh\\nexit 101\\n' > ${servicePolicy} && chmod 755 ${servicePolicy}`;
  if (!wasForbidden) asRootRun(asRoot, ["sh", "-c", forbid]);
  const isInstalled = aptInstall(asRoot, name);
  if (!wasForbidden) asRootRun(asRoot, ["rm", "-f", servicePolicy]);
  if (!isInstalled) fail(`apt-get could not install ${name}; its output above says why.`);
  if (isService && existsSync("/run/systemd/system"))
    asRootRun(asRoot, ["systemctl", "disable", "--quiet", name]);
  if (!isThere()) fail(`${name} was installed, but ${what} is not where it should be.`);
}

function asRootRun(asRoot, args) {
  const [command, ...rest] = [...asRoot, ...args];
  run(command, rest);
}

/** Runs a command, its output on stderr, up to three times; tells whether it worked. */
function run(command, args) {
  for (let attempt = 1; attempt <= tries; attempt++) {
    const { status, error } = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
    if (status === 0) return true;
    say(`${command} ended with ${error?.message ?? `status ${status}`} (try ${attempt} of ${tries})`);
    if (attempt < tries) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
  }
  return false;
}

function say(message) {
  console.error(`bootstrap: ${message}`);
}

function fail(message) {
  say(message);
  process.exit(1);
}
