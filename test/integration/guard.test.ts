import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, inject, test } from "vitest";
import { CliScene, fixture } from "../support/cli.ts";

const scene = new CliScene(inject("redisUrl"));
afterAll(async () => scene.end());
const file = fixture("foreign.ts");

/** What was reported: code and place. */
function reports(err: string): string[] {
  return [...err.matchAll(/\| WARNING \|.* \[(E_\w+)\] Flow code at (\S+)/g)].map(
    ([, code, site]) => `${code} ${site}`,
  );
}

const kinds = [
  ["setTimeout", "E_FOREIGN_ASYNC flows/foreign.ts:7"],
  ["fs", "E_FOREIGN_ASYNC flows/foreign.ts:8"],
  ["fetch", "E_FOREIGN_ASYNC flows/foreign.ts:9"],
  ["Date.now", "E_NONDETERMINISTIC flows/foreign.ts:10"],
  ["new Date", "E_NONDETERMINISTIC flows/foreign.ts:11"],
  ["Math.random", "E_NONDETERMINISTIC flows/foreign.ts:12"],
] as const;

describe("a script", () => {
  test("says each place in flow code once, and nothing of the same functions in tasks", async () => {
    const names = kinds.map(([name]) => name);

    const { code, out, err } = await scene.script(file, ["run", ...names, ...names]).ended;

    expect({ code, out }, err).toEqual({ code: 0, out: "12\n" });
    expect(reports(err).sort()).toEqual(kinds.map(([, report]) => report).sort());
  });

  test.each([...kinds, ["crypto", "E_NONDETERMINISTIC flows/foreign.ts:13"] as const])(
    "fails in strict mode at %s, after the task that did the same",
    async (name, report) => {
      const { code, err } = await scene.script(file, ["run", name], { MILLRACE_GUARD: "strict" }).ended;

      expect(code, err).not.toBe(0);
      expect(err).toContain(`[${report.split(" ")[0]}] Flow code at ${report.split(" ")[1]} `);
      expect(err).toMatch(/Task run 'in_task-0' - Finished in state Completed/);
      expect(err).toMatch(/Flow run '[\w-]+' - Finished in state Failed/);
    },
  );

  test("says nothing when the guard is off", async () => {
    const { code, err } = await scene.script(file, ["run", "setTimeout", "Date.now"], {
      MILLRACE_GUARD: "off",
    }).ended;

    expect(code, err).toBe(0);
    expect(reports(err)).toEqual([]);
  });

  test("refuses a guard that there is not", async () => {
    const { code, err } = await scene.script(file, ["run"], { MILLRACE_GUARD: "on" }).ended;

    expect(code).not.toBe(0);
    expect(err).toContain('MILLRACE_GUARD must be one of off, sample, report, strict, and is "on".');
  });
});

describe("a run that was killed in the middle", () => {
  test("is continued with the values that its code had before, and can be replayed", async () => {
    const marker = join(scene.home, "marker");
    const first = await scene.script(file, ["killed", marker]).ended;
    const name = /Beginning flow run '([\w-]+)'/.exec(first.err)?.[1] ?? "";

    const second = await scene.run(["resume", name, "--file", file]);
    const replayed = await scene.run(["replay", "--file", file, "--run", name]);

    expect(first.code).toBe(137);
    expect(second, second.err).toMatchObject({ code: 0 });
    const [one] = JSON.parse(JSON.parse(second.out)) as unknown[][];
    expect(JSON.stringify(one)).toBe(readFileSync(marker, "utf8"));
    expect(replayed, replayed.out).toMatchObject({ code: 0 });
  });
});
