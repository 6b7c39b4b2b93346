import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { WebBytes, webFolder } from "../support/web-bytes.ts";

describe("what the browser has to load", () => {
  const bytes = new WebBytes();

  test("the first load is small", () => {
    expect(bytes.firstLoad()).toBeLessThanOrEqual(180);
    expect(bytes.firstStyles()).toBeLessThanOrEqual(12);
  });

  test("so is what a screen adds", () => {
    expect(bytes.screens().length).toBeGreaterThan(5);
    const sizes = bytes.screens().map((key) => [key, bytes.added(key)] as const);
    const most = (key: string): number => (key.startsWith("run/") ? 65 : key.startsWith("runs/") ? 30 : 45);

    expect(sizes.filter(([key, size]) => size > most(key))).toEqual([]);
  });

  test("and everything together", () => {
    const files = readdirSync(join(webFolder, "assets")).filter((name) => name.endsWith(".js"));

    expect(files.reduce((sum, name) => sum + bytes.sizeOf(`assets/${name}`), 0)).toBeLessThanOrEqual(400);
  });

  test("what is large comes compressed, and nothing is told to be asked of somebody else", () => {
    const page = readFileSync(join(webFolder, "index.html"), "utf8");
    const names = new Set(readdirSync(join(webFolder, "assets")));
    const large = [...names].filter((name) => /\.(js|css)$/.test(name) && bytes.sizeOf(`assets/${name}`) > 2);

    expect(large.filter((name) => !names.has(`${name}.br`) || !names.has(`${name}.gz`))).toEqual([]);
    expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
  });
});
