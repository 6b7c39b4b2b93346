import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { CliScene, fixture } from "../support/cli.ts";
import { waitUntil } from "../support/wait-until.ts";

const scene = new CliScene(inject("redisUrl"));
afterAll(async () => scene.end());

const stateOf = async (run: string): Promise<string> =>
  (await scene.json(["runs", "get", run, "--json"]))[0].state.name;

describe("millrace start", () => {
  test("creates a run before any worker is there, says so, and a worker that comes runs it", async () => {
    const { code, out, err } = await scene.run(["start", "hello", "-p", "name=Ada", "--name", "greet-ada"]);
    const [later] = await scene.json(["start", "hello", "-p", "name=Eve", "--delay", "5m", "--json"]);
    const [again] = await scene.json(["start", "hello", "-p", "name=Bob", "--key", "k1", "--json"]);
    const [same] = await scene.json(["start", "hello", "-p", "name=Bob", "--key", "k1", "--json"]);

    expect(code).toBe(0);
    expect(out).toMatch(
      /^Created flow run 'greet-ada' of flow 'hello' on queue 'default'\n {2}id {6}\w{26}\n/,
    );
    expect(err).toContain('No live worker serves flow "hello" on queue "default"; the run waits for one.');
    expect(Date.parse(later.startAt) - Date.now()).toBeGreaterThan(250_000);
    expect([again.isNew, same.isNew]).toEqual([true, false]);
    expect(same.id).toBe(again.id);

    const worker = await scene.worker(fixture("greetings.ts"));
    await waitUntil(async () => expect(await stateOf("greet-ada")).toBe("Completed"), { timeoutMs: 20_000 });
    expect(await stateOf(later.id)).toBe("Scheduled");
    await worker.end("SIGTERM");
  });

  test("refuses a key that was used with another input, and options that are none", async () => {
    await scene.run(["start", "hello", "-p", "name=Bob", "--key", "k2"]);

    const other = await scene.run(["start", "hello", "-p", "name=Tom", "--key", "k2"]);
    const refusals = await Promise.all(
      [
        ["--delay", "soon"],
        ["--at", "noon"],
        ["--singleton", "drop"],
        ["--delay", "1m", "--at", "2030-01-01"],
      ].map(async (args) => scene.run(["start", "hello", ...args])),
    );

    expect(other.code).toBe(2);
    expect(other.err).toMatch(/^COMMAND_REFUSED: The idempotency key "k2" of flow hello belongs to run/m);
    expect(refusals.map(({ code }) => code)).toEqual([2, 2, 2, 2]);
    for (const { err } of refusals) expect(err).toMatch(/^OPTION_INVALID: /);
  });
});

describe("millrace signal", () => {
  test("records a signal of a run, once for a key", async () => {
    const [{ id }] = await scene.json(["start", "hello", "--delay", "1h", "--json"]);

    const sent = await scene.run(["signal", id, "approve", '{"ok":true}', "--key", "a"]);
    const [again] = await scene.json(["signal", id, "approve", '{"ok":true}', "--key", "a", "--json"]);

    expect(sent).toMatchObject({ code: 0, out: expect.stringMatching(/^Sent signal 'approve' to run '/) });
    expect(again).toMatchObject({ id, signal: "approve", key: "a" });
    const events = await scene.json(["events", id, "--json"]);
    const signals = events.filter(({ type }) => type === "SignalReceived");
    expect(signals.map(({ data }) => data)).toMatchObject([
      { name: "approve", id: "a", payload: { ok: true } },
    ]);
  });

  test("to a run that has ended is refused", async () => {
    const [{ id }] = await scene.json(["start", "hello", "--delay", "1h", "--json"]);
    await scene.run(["cancel", id]);

    const { code, err } = await scene.run(["signal", id, "approve"]);

    expect(code).toBe(2);
    expect(err).toMatch(/^RUN_CLOSED: Run '.*' \(\w+\) has ended: Cancelled /m);
  });
});

describe("millrace cancel", () => {
  test("ends runs that were not begun, with the reason", async () => {
    const started = await scene.json(["start", "one", "--delay", "1h", "--json"]);
    const [{ id, name }] = started;

    const { code, out } = await scene.run(["cancel", id, "--reason", "a mistake"]);

    expect({ code, out }).toEqual({ code: 0, out: `Cancelled run '${name}' of flow 'one', ${id}\n` });
    const [view] = await scene.json(["runs", "get", id, "--json"]);
    expect(view.state).toMatchObject({ type: "CANCELLED", message: "a mistake" });
  });

  test("shows a selection first, and cancels it with --yes", async () => {
    for (const flow of ["many", "many", "few"]) await scene.run(["start", flow, "--delay", "1h"]);

    const preview = await scene.run(["cancel", "--flow", "many"]);
    const open = await scene.json(["runs", "ls", "--flow", "many", "--state", "Scheduled", "--json"]);
    const cancelled = await scene.json(["cancel", "--flow", "many", "--yes", "--json"]);
    const left = await scene.json(["runs", "ls", "--state", "Scheduled", "--flow", "few", "--json"]);

    expect(preview.code).toBe(2);
    expect(preview.out.match(/^Would cancel run '.*' of flow 'many', \w+$/gm)).toHaveLength(2);
    expect(preview.err).toContain("Nothing was cancelled. To cancel these 2");
    expect(open).toHaveLength(2);
    expect(cancelled.map(({ outcome }) => outcome)).toEqual(["ended", "ended"]);
    expect(left).toHaveLength(1);
  });

  test("wants to know which runs, and goes on when one has ended", async () => {
    const [{ id }] = await scene.json(["start", "late", "--delay", "1h", "--json"]);
    const results = await Promise.all(
      [["cancel"], ["cancel", id, "--all"]].map(async (args) => scene.run(args)),
    );

    const mixed = await scene.run(["cancel", "greet-ada", id]);

    expect(results.map(({ code }) => code)).toEqual([2, 2]);
    expect(mixed.code).toBe(2);
    expect(mixed.err).toContain("RUN_CLOSED: Run 'greet-ada'");
    expect(mixed.out).toContain(`, ${id}\n`);
  });
});

describe("a run that its code does not fit any more", () => {
  const code = (first: string): string => `
    import { flow, sleep, task } from "millrace";
    const ${first} = task("${first}", async () => 1);
    export const change = flow("change", async () => { await ${first}(); await sleep("15s"); return 7; });`;
  let id = "";
  beforeAll(async () => {
    const file = scene.write("change.ts", code("before"));
    const first = await scene.worker(file);
    [{ id }] = await scene.json(["start", "change", "--json"]);
    await waitUntil(async () => expect(await eventsOf(id)).toContain("TimerStarted"), { timeoutMs: 10_000 });
    await first.end("SIGKILL");
    scene.write("change.ts", code("after"));
    const second = await scene.worker(file);
    await waitUntil(async () => expect(await stateOf(id)).toBe("Blocked"), { timeoutMs: 60_000 });
    await second.end("SIGTERM");
  }, 120_000);
  const eventsOf = async (run: string): Promise<string[]> =>
    (await scene.json(["events", run, "--json"])).map(({ type }) => type);

  test("is counted by millrace versions", async () => {
    const [row] = await scene.json(["versions", "--flow", "change", "--json"]);
    const { out } = await scene.run(["versions"]);

    expect(row).toMatchObject({ flow: "change", codeHash: expect.any(String), runs: 1, blocked: 1 });
    expect(out).toMatch(/^FLOW +CODE +OPEN RUNS +BLOCKED +OLDEST$/m);
    expect(out).toMatch(new RegExp(`^change +${row.codeHash} +1 +1 +`, "m"));
  });

  test("goes on after millrace unblock, when a worker has the code again", async () => {
    await scene.worker(scene.write("change.ts", code("before")));

    const { code: exit, out } = await scene.run(["unblock", "--flow", "change"]);

    expect(exit).toBe(0);
    expect(out).toMatch(new RegExp(`^Unblocked run '.*' of flow 'change', ${id}\n$`));
    await waitUntil(async () => expect(await stateOf(id)).toBe("Completed"), { timeoutMs: 20_000 });
    const again = await scene.run(["unblock", id]);
    expect(again).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^COMMAND_REFUSED: .* is not blocked\./),
    });
    expect((await scene.run(["unblock", "--all"])).err).toBe("No run is blocked.\n");
  });
});
