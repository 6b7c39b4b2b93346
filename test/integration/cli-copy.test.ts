import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { CliScene, fixture } from "../support/cli.ts";

const scene = new CliScene(inject("redisUrl"));
beforeAll(async () => {
  await scene.worker(fixture("greetings.ts"));
  await scene.run(["run", "hello", "-p", "name=Ada", "--watch"]);
  await scene.run(["run", "fails", "--watch"]);
});
afterAll(async () => scene.end());

describe("millrace copy", () => {
  test("gives a namespace with the same runs, which can be looked at", async () => {
    const into = `audit-${process.pid}`;

    const { code, out, err } = await scene.run(["copy", "--into", into]);
    const [again] = await scene.json(["copy", "--into", into, "--json"]);

    expect(code).toBe(0);
    expect(out).toMatch(/^Copied 2 runs with \d+ events into namespace audit-\d+ in .*\.$/m);
    expect(out).toContain(`SHA-256 of the log: ${again.digest}`);
    expect(again).toMatchObject({ into, runs: 2, isEqual: true });
    expect(err).toContain(`MILLRACE_NAMESPACE=${into}`);
    const copied = await scene.json(["runs", "ls", "--json"], { MILLRACE_NAMESPACE: into });
    expect(copied).toEqual(await scene.json(["runs", "ls", "--json"]));
  });

  test("refuses the namespace itself, and names that cannot be", async () => {
    const itself = await scene.run(["copy", "--into", scene.namespace]);
    const strange = await scene.run(["copy", "--into", "a b"]);
    const nothing = await scene.run(["copy"]);

    expect(itself).toMatchObject({ code: 2, err: expect.stringContaining("copied into itself") });
    expect(strange).toMatchObject({ code: 2, err: expect.stringContaining("cannot name a namespace") });
    expect(nothing).toMatchObject({ code: 2, err: expect.stringContaining("--into") });
  });
});
