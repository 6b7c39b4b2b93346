import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { CliScene, fixture } from "../support/cli.ts";

const scene = new CliScene(inject("redisUrl"));
const file = fixture("party.ts");

beforeAll(async () => {
  const picnic = await scene.run(["run", "picnic", "--file", file]);
  expect(`${picnic.code} ${picnic.code === 0 ? "" : picnic.err}`).toBe("0 ");
  await hold("party", /Invite Ann\?/);
  await hold("lottery", /Waiting for signal 'guests'/);
}, 60_000);
afterAll(async () => scene.end());

/** Runs a flow until it waits, and hands its run over to nobody. */
async function hold(flow: string, waits: RegExp): Promise<void> {
  const running = scene.start(["run", flow, "--file", file]);
  await running.until(waits);
  await running.end("SIGTERM");
}

/** The run as it was after the last of its events of a type. */
async function after(run: string, wanted: string): Promise<string> {
  const events = await scene.json(["events", run, "--json"]);
  const position: number = events.findLast(({ type }) => type === wanted)?.position ?? 0;
  return (await scene.run(["history", run, "--at", String(position)])).out;
}

describe("the command line shows", () => {
  test("the child of a run, the person that it waits for, and how to answer", async () => {
    const { code, out } = await scene.run(["runs", "get", "saturday"]);
    const [view] = await scene.json(["runs", "get", "saturday", "--json"]);
    const { id, children, waits, state } = view;

    expect(code).toBe(0);
    expect(state).toMatchObject({ type: "PAUSED", name: "Paused", message: "Invite Ann?" });
    expect(waits).toMatchObject([{ name: "ann", prompt: "Invite Ann?" }]);
    expect(children).toMatchObject([{ key: "kitchen#1", flow: "kitchen", state: { name: "Completed" } }]);
    expect(out).toContain(`for signal ann (Invite Ann?)`);
    expect(out).toContain(`npx millrace signal ${id} ann JSON`);
    expect(out).toMatch(/^└─ kitchen#1 +Completed +kitchen +/m);
  }, 60_000);

  test("runs by their parent, by their root and by the new states", async () => {
    const [{ id }] = await scene.json(["runs", "get", "saturday", "--json"]);
    const byParent = await scene.json(["runs", "ls", "--parent", "saturday", "--json"]);
    const byRoot = await scene.json(["runs", "ls", "--root", id, "--json"]);
    const paused = await scene.json(["runs", "ls", "--state", "Paused", "--json"]);

    expect(byParent).toMatchObject([{ flow: "kitchen", parent: id, root: id }]);
    expect(byRoot).toEqual(byParent.map((row) => expect.objectContaining({ id: row["id"] })));
    expect(paused).toMatchObject([
      { name: "friday", state: { type: "PAUSED", name: "Waiting", message: "For signal guests" } },
      { name: "saturday", parent: null },
    ]);
    const waiting = await scene.json(["runs", "ls", "--state", "waiting", "--json"]);
    expect(waiting).toMatchObject([{ name: "friday" }]);
  }, 60_000);

  test("attempts of a flow and what was reused; and what is derived is what the log says", async () => {
    const { out } = await scene.run(["runs", "get", "sunday"]);
    const history = await scene.run(["history", "sunday"]);
    const verified = await scene.run(["projections", "verify"]);

    expect(out).toMatch(/^attempt +1 Failed after .*: RangeError: rain$/m);
    expect(out).toMatch(/^attempt +2 Completed after /m);
    expect(out).toMatch(/^bake-0 \(attempt 2\) +Reused /m);
    expect(history.out).toMatch(/^~2\/bake#1 +Reused /m);
    expect(verified.code).toBe(0);
  }, 60_000);

  test("that somebody paused a run, and how to let it go on", async () => {
    const pause = await scene.run(["pause", "friday", "--reason", "look first"]);
    const { out } = await scene.run(["runs", "get", "friday"]);
    const [{ id, state }] = await scene.json([
      "runs",
      "ls",
      "--state",
      "paused",
      "--flow",
      "lottery",
      "--json",
    ]);

    expect(pause.code).toBe(0);
    expect(state).toMatchObject({ type: "PAUSED", name: "Paused", message: "look first" });
    expect(out).toMatch(/^paused +by client:\w+ since /m);
    expect(out).toContain(`Let it go on: npx millrace resume ${id}`);
    expect(await after("friday", "RunPaused")).toMatch(
      /^why +It was paused by client:\w+ \(look first\), since /m,
    );
  }, 60_000);

  test("a run after any event: its waits, its children, its cancellation", async () => {
    const begun = await after("saturday", "ChildScheduled");
    const waiting = await after("saturday", "SignalAwaited");
    const cancelled = await scene.run(["cancel", "saturday", "--reason", "rain"]);
    const cancelling = await after("saturday", "RunCancelRequested");

    expect(begun).toMatch(
      /^state +Running\nwhy +It waits for child kitchen#1 \(run \w+ of flow kitchen\), since /m,
    );
    expect(begun).toMatch(/^kitchen#1 +Running /m);
    expect(waiting).toMatch(/^state +Paused\nwhy +It is paused: Invite Ann\? \(signal ann\), since /m);
    expect(waiting).toMatch(/^kitchen#1 +Completed /m);
    expect(waiting).toMatch(/^ann#1 +Paused /m);
    expect(cancelled.code).toBe(0);
    expect(cancelling).toMatch(
      /^state +Cancelling\nwhy +Its cancellation was requested by client:\w+ \(rain\), and the flow was not told yet, since /m,
    );
  }, 60_000);
});
