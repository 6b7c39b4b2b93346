import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../..", import.meta.url));
const places = join(root, "node_modules", ".cache"); // inside of the checkout: packages are found from there

/** Where the tests of commands find a compiled package; without it they run from the source. */
export const packageVariable = "CLI_COMPILED";

/**
 * Compiles the package once, as it is published: a command then starts with a third of the CPU, and the tests start
 * hundreds. Flow files that say `from "millrace"` are given this copy by its tsconfig. Gives what removes it again.
 * Named as vitest wants it.
 */
export async function setup(): Promise<() => Promise<void>> {
  await mkdir(places, { recursive: true });
  const place = await mkdtemp(join(places, "package-"));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const quick = ["--noCheck", "--declaration", "false", "--outDir", join(place, "dist")];
  await promisify(execFile)(process.execPath, [tsc, "-p", "tsconfig.build.json", ...quick], { cwd: root });
  await cp(join(root, "src/redis/scripts"), join(place, "dist/redis/scripts"), {
    recursive: true,
    filter: (path) => !path.endsWith(".ts"),
  });
  await cp(join(root, "bin"), join(place, "bin"), { recursive: true });
  await cp(join(root, "package.json"), join(place, "package.json"));
  await writeFile(join(place, "tsconfig.json"), JSON.stringify(tsconfigOf(place)));
  process.env[packageVariable] = place; // the processes of vitest are given it
  return async () => rm(place, { recursive: true, force: true });
}

function tsconfigOf(place: string): unknown {
  const pathOf = (name: string): readonly string[] => [join(place, "dist", `${name}.js`)];
  const paths = {
    millrace: pathOf("index"),
    "millrace/events": pathOf("events"),
    "millrace/postgres": pathOf("postgres"),
    "millrace/testing": pathOf("testing"),
  };
  return { compilerOptions: { target: "es2023", module: "nodenext", paths } };
}
