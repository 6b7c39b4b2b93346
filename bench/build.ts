import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { cp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { benchFolder } from "./own/program.ts";

const root = join(benchFolder, "..");
const place = join(benchFolder, "dist");
const stampFile = join(place, "made-of.txt");
const sources = ["src", "bench", "test/support", "package.json", "tsconfig.json"];
const notSources = new Set(["node_modules", "dist", "results", ".venv", "bin"]);

/**
 * Compiles the bench with the sources that it measures into `bench/dist/`, where it is a package named millrace of its
 * own: programs there measure what is published, without a loader. Takes two seconds, and nothing if no source has
 * changed. @returns the folder of the compiled bench
 */
export async function buildBench(): Promise<string> {
  const built = join(place, "bench");
  const stamp = stampOf(sources);
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return built;
  await rm(place, { recursive: true, force: true });
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  await promisify(execFile)(process.execPath, [tsc, "-p", benchFolder], { cwd: root });
  await cp(join(root, "src/redis/scripts"), join(place, "src/redis/scripts"), {
    recursive: true,
    filter: (path) => !path.endsWith(".ts"),
  });
  await writeFile(join(place, "package.json"), await manifest());
  await linkInstalled(join(built, "peers"));
  await writeFile(stampFile, stamp);
  return built;
}

/** The package's name leads to the compiled sources, so that flows and engines of the bench have the same copy. */
async function manifest(): Promise<string> {
  const own = await readFile(join(root, "package.json"), "utf8");
  return own.replaceAll('"./dist/', '"./src/');
}

/** What the others' installer made, and their file that is not JavaScript, are where their compiled files look for it. */
async function linkInstalled(peers: string): Promise<void> {
  for (const name of ["node_modules", ".venv", "bin", "prefect_driver.py"])
    await symlink(join(benchFolder, "peers", name), join(peers, name));
}

/** Differs when a file was changed, added or removed. */
function stampOf(names: readonly string[]): string {
  const hash = createHash("sha256");
  const add = (path: string): void => {
    const { isDirectory, line } = look(path);
    hash.update(line);
    if (isDirectory)
      for (const name of readdirSync(path).sort()) if (!notSources.has(name)) add(join(path, name));
  };
  for (const name of names) add(join(root, name));
  return hash.digest("hex");
}

function look(path: string): { readonly isDirectory: boolean; readonly line: string } {
  const facts = statSync(path);
  const isDirectory = facts.isDirectory();
  return { isDirectory, line: isDirectory ? `${path}\n` : `${path} ${facts.size} ${facts.mtimeMs}\n` };
}
