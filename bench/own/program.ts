import { fileURLToPath } from "node:url";

/** Whether this code was compiled before it runs; else tsx translates it, and its helpers run in every closure. */
export const isBuilt = !import.meta.url.endsWith(".ts");

/** What Node is given to run a program of the bench as it is there. */
export const loaderOptions: readonly string[] = isBuilt ? [] : ["--import", "tsx"];

/** The folder of the bench's sources, which has a copy of itself in `dist/bench/`. */
export const benchFolder = fileURLToPath(new URL(isBuilt ? "../../../" : "../", import.meta.url));

/** A program named `name`.ts, in the folder of the module whose `import.meta.url` is `here`. */
export function programBeside(here: string, name: string): string {
  return fileURLToPath(new URL(`./${name}${isBuilt ? ".js" : ".ts"}`, here));
}
