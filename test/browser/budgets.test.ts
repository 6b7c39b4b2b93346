import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { z } from "zod";

const out = fileURLToPath(new URL("../../dist/web", import.meta.url));
const Chunk = z.object({
  file: z.string(),
  isEntry: z.boolean().optional(),
  imports: z.array(z.string()).default([]),
  dynamicImports: z.array(z.string()).default([]),
  css: z.array(z.string()).default([]),
});
const manifest = z
  .record(z.string(), Chunk)
  .parse(JSON.parse(readFileSync(join(out, ".vite/manifest.json"), "utf8")));

const kB = (path: string): number => gzipSync(readFileSync(join(out, path)), { level: 9 }).byteLength / 1_000;
const sum = (paths: Iterable<string>): number => [...paths].reduce((total, path) => total + kB(path), 0);

/** A chunk and all that it imports before it can run. */
function needs(key: string, found = new Set<string>()): Set<string> {
  if (found.has(key)) return found;
  found.add(key);
  for (const next of manifest[key]?.imports ?? []) needs(next, found);
  return found;
}

const filesOf = (keys: Iterable<string>): readonly string[] =>
  [...keys].flatMap((key) => manifest[key]?.file ?? []);

describe("what the browser has to load", () => {
  const entry = Object.keys(manifest).find((key) => manifest[key]?.isEntry)!;
  const first = needs(entry);
  const screens = manifest[entry]!.dynamicImports.filter((key) => key.endsWith("-screen.tsx"));

  test("the first load is small", () => {
    expect(sum(filesOf(first))).toBeLessThanOrEqual(180);
    expect(sum([...first].flatMap((key) => manifest[key]?.css ?? []))).toBeLessThanOrEqual(12);
  });

  test("so is what a screen adds", () => {
    expect(screens.length).toBeGreaterThan(5);
    const sizes = screens.map((key) => {
      const own = [...needs(key)].filter((one) => !first.has(one));
      return [key, sum(filesOf(own))] as const;
    });

    expect(sizes.filter(([key, size]) => size > (key.startsWith("run/") ? 65 : 45))).toEqual([]);
  });

  test("and everything together", () => {
    const files = readdirSync(join(out, "assets")).filter((name) => name.endsWith(".js"));

    expect(sum(files.map((name) => `assets/${name}`))).toBeLessThanOrEqual(400);
  });

  test("what is large comes compressed, and nothing is told to be asked of somebody else", () => {
    const page = readFileSync(join(out, "index.html"), "utf8");
    const names = new Set(readdirSync(join(out, "assets")));
    const large = [...names].filter((name) => /\.(js|css)$/.test(name) && kB(`assets/${name}`) > 2);

    expect(large.filter((name) => !names.has(`${name}.br`) || !names.has(`${name}.gz`))).toEqual([]);
    expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
  });
});
