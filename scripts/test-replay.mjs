// Runs the integration suite in always-replay mode: before every step the code of a run is dropped, and called anew with
// its history. With arguments, only the files that they name. Files in which no code of a flow runs are left out.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** By reason, as nothing in these files could turn out differently. */
const leftOut = {
  "the log alone: scripts, streams, payloads and what breaks in Redis": [
    "commit-watch",
    "copy-log",
    "embedded",
    "embedded-errors",
    "embedded-recovery",
    "failover",
    "import-histories",
    "log-clock",
    "redis-cluster",
    "redis-damage",
    "redis-log",
    "redis-lost-replies",
    "redis-payloads",
    "redis-valkey",
  ],
  "projections and lists of histories that are made by hand": [
    "cli-keys",
    "document-cache",
    "projections",
    "projector",
    "query-runs",
    "query-runs-races",
    "read-view",
    "run-list",
    "run-logs",
  ],
  "the server over histories that are made by hand": [
    "live-faults",
    "live-stream",
    "server-access",
    "server-bulk",
  ],
  "documents and rules of other programs": ["docs-examples", "docs-reference", "prometheus-rules"],
};

const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));
const excluded = Object.values(leftOut)
  .flat()
  .flatMap((name) => ["--exclude", `test/integration/${name}.test.ts`]);
const child = spawn(
  process.execPath,
  [vitest, "run", "--project", "integration", ...excluded, ...process.argv.slice(2)],
  { stdio: "inherit", env: { ...process.env, MILLRACE_ALWAYS_REPLAY: "1" } },
);
child.on("close", (code) => {
  process.exitCode = code ?? 1;
});
