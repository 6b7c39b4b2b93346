import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { z } from "zod";

export const webFolder = fileURLToPath(new URL("../../dist/web", import.meta.url));

const Chunk = z.object({
  file: z.string(),
  isEntry: z.boolean().optional(),
  imports: z.array(z.string()).default([]),
  dynamicImports: z.array(z.string()).default([]),
  css: z.array(z.string()).default([]),
});

/** The built UI: which chunk needs which, and what they weigh compressed. */
export class WebBytes {
  readonly #manifest = z
    .record(z.string(), Chunk)
    .parse(JSON.parse(readFileSync(join(webFolder, ".vite/manifest.json"), "utf8")));
  readonly entry: string;
  readonly first: ReadonlySet<string>; // chunks that every screen needs

  constructor() {
    const entry = Object.keys(this.#manifest).find((key) => this.#manifest[key]?.isEntry);
    if (entry === undefined) throw new Error("the UI has no entry");
    this.entry = entry;
    this.first = this.#needs(entry);
  }

  /** The screens, by the file that defines each. */
  screens(): readonly string[] {
    const { dynamicImports = [] } = this.#manifest[this.entry] ?? {};
    return dynamicImports.filter((key) => key.endsWith("-screen.tsx"));
  }

  /** kB (gz) of the code that runs before any screen. */
  firstLoad(): number {
    return this.#sum([...this.first].flatMap((key) => this.#manifest[key]?.file ?? []));
  }

  firstStyles(): number {
    return this.#sum([...this.first].flatMap((key) => this.#manifest[key]?.css ?? []));
  }

  /** kB (gz) that a screen adds. */
  added(screen: string): number {
    const own = [...this.#needs(screen)].filter((key) => !this.first.has(key));
    return this.#sum(own.flatMap((key) => this.#manifest[key]?.file ?? []));
  }

  /** kB (gz) of a file of the build. */
  sizeOf(path: string): number {
    return gzipSync(readFileSync(join(webFolder, path)), { level: 9 }).byteLength / 1_000;
  }

  #sum(paths: readonly string[]): number {
    return paths.reduce((total, path) => total + this.sizeOf(path), 0);
  }

  /** A chunk and all that it imports before it can run. */
  #needs(key: string, found = new Set<string>()): Set<string> {
    if (found.has(key)) return found;
    found.add(key);
    for (const next of this.#manifest[key]?.imports ?? []) this.#needs(next, found);
    return found;
  }
}
