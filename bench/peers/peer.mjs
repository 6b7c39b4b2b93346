import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);

/** The installed version of a package of this folder. */
export function versionOf(name) {
  const file = fileURLToPath(new URL(`./node_modules/${name}/package.json`, import.meta.url));
  return JSON.parse(readFileSync(file, "utf8")).version;
}

/** A program that a package of this folder brings. */
export const programOf = (path) => require.resolve(`./node_modules/${path}`);

export const notWritten = (...workloads) =>
  Object.fromEntries(workloads.map((name) => [name, "not written for this engine"]));
