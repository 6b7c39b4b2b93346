// Installs the engines that Millrace is measured beside, each where it can be had, and says what it did. What cannot be
// had is reported by the bench as not available. `--only npm,python,temporal` installs some of them.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const temporalModule = "github.com/temporalio/cli";
const temporalVersion = "v1.9.1"; // its development server is server 1.32.0
const only = process.argv[2] === "--only" ? (process.argv[3] ?? "").split(",") : null;

const parts = { npm: installPackages, python: installPython, temporal: buildTemporal };
const failed = Object.entries(parts)
  .filter(([name]) => only === null || only.includes(name))
  .filter(([name, install]) => !told(name, install))
  .map(([name]) => name);
if (failed.length > 0) say(`not installed: ${failed.join(", ")}; the bench goes on without them`);

function told(name, install) {
  say(`${name} …`);
  const isThere = install();
  say(`${name}: ${isThere ? "ready" : "FAILED, its output above says why"}`);
  return isThere;
}

/** DBOS, Restate with its server and the Node it wants, openworkflow, absurd, Temporal's SDK. */
function installPackages() {
  return run("npm", ["install", "--no-audit", "--no-fund"]);
}

/** Prefect and absurd's tool, in an environment of their own. */
function installPython() {
  const python = join(here, ".venv", "bin", "python");
  if (!existsSync(python) && !run("python3", ["-m", "venv", ".venv"])) return false;
  // pip cannot set a dependency's version against a package's wish; uv can (see overrides.txt).
  if (!run(python, ["-m", "pip", "install", "--quiet", "uv==0.13.9"])) return false;
  const wanted = ["--requirement", "requirements.txt", "--override", "overrides.txt"];
  return run(join(here, ".venv", "bin", "uv"), ["pip", "install", "--quiet", "--python", python, ...wanted]);
}

/**
 * Temporal's command line cannot be installed by name, as its module replaces a part of itself; its development server
 * can be built without that part.
 */
function buildTemporal() {
  if (existsSync(join(here, "bin", "temporal-server"))) return true;
  if (!run("go", ["mod", "download", `${temporalModule}@${temporalVersion}`], tmpdir())) return false;
  const cache = spawnSync("go", ["env", "GOMODCACHE"], { encoding: "utf8" }).stdout.trim();
  const source = join(cache, `${temporalModule}@${temporalVersion}`);
  const build = mkdtempSync(join(tmpdir(), "millrace-temporal-"));
  try {
    for (const name of ["go.mod", "go.sum", "internal/devserver"])
      cpSync(join(source, name), join(build, name), { recursive: true });
    run("chmod", ["-R", "u+w", "."], build); // the cache is read-only
    mkdirSync(join(build, "cmd", "bench-server"), { recursive: true });
    cpSync(join(here, "temporal-server", "main.go"), join(build, "cmd", "bench-server", "main.go"));
    const part = `${temporalModule}/cliext`;
    if (!run("go", ["mod", "edit", `-dropreplace=${part}`, `-droprequire=${part}`], build)) return false;
    const out = join(here, "bin", "temporal-server");
    return run("go", ["build", "-mod=mod", "-o", out, "./cmd/bench-server"], build);
  } finally {
    rmSync(build, { recursive: true, force: true });
  }
}

function run(command, args, cwd = here) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: "inherit" });
  if (error !== undefined) say(`${command}: ${error.message}`);
  return status === 0;
}

function say(message) {
  console.log(`peers: ${message}`);
}
