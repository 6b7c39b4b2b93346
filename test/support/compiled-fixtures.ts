import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../..", import.meta.url));
const places = join(root, "node_modules", ".cache"); // inside of the checkout: packages are found from there

/** Where the processes of chaos tests find their code, compiled; without it they are run from the source. */
export const compiledVariable = "CHAOS_COMPILED";

/**
 * Compiles the programs of the chaos tests once, with what they need of Millrace: a process then starts with 1.1 s of CPU
 * instead of 2.8 s, and the tests start a hundred of them. Gives what removes it again. Named as vitest
 * wants it.
 */
export async function setup(): Promise<() => Promise<void>> {
  await mkdir(places, { recursive: true });
  const place = await mkdtemp(join(places, "chaos-"));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  await promisify(execFile)(process.execPath, [tsc, "-p", "test/fixtures/chaos", "--outDir", place], {
    cwd: root,
  });
  await cp(join(root, "src/redis/scripts"), join(place, "src/redis/scripts"), {
    recursive: true,
    filter: (path) => !path.endsWith(".ts"),
  });
  await cp(join(root, "package.json"), join(place, "package.json"));
  process.env[compiledVariable] = place; // the processes of vitest are given it, and those that they start
  return async () => rm(place, { recursive: true, force: true });
}
