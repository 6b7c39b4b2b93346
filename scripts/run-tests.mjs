// Runs every test: first those that only need to be right, side by side; then those that look at the UI
// in a browser; then those that kill processes and measure how long recovery takes. Ends with the counts of both. With arguments, it is plain `vitest run ARGUMENTS`.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));
const counts = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm;

/** @returns {Promise<{ status: number, counted: number[] }>} exit status, and tests passed, failed, skipped */
function run(args) {
  return new Promise((resolve) => {
    let text = "";
    const child = spawn(process.execPath, [vitest, "run", ...args], { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.on("data", (chunk) => {
      text = (text + chunk).slice(-4_096);
      process.stdout.write(chunk);
    });
    child.on("close", (code) => {
      const last = [...text.matchAll(counts)].at(-1);
      resolve({
        status: code ?? 1,
        counted: last ? last.slice(1).map((count) => Number(count || 0)) : [0, 1, 0],
      });
    });
  });
}

const projects = (...names) => names.flatMap((name) => ["--project", name]);
const given = process.argv.slice(2);
const rounds =
  given.length > 0
    ? [given]
    : [projects("unit", "model", "integration", "replay"), projects("browser"), projects("chaos")];

const total = [0, 0, 0];
for (const args of rounds) {
  const { status, counted } = await run(args);
  for (const [index, count] of counted.entries()) total[index] += count;
  if (status !== 0) process.exitCode = 1;
}
const [passed, failed, skipped] = total;
process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`);
