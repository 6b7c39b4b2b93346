import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { CliScene } from "../support/cli.ts";

const tub = `
import { flow, isMain, sleep, task } from "millrace";
let tries = 0;
const rinse = task("rinse", { retries: 2, retryDelay: 1 }, async (item: string) => {
  tries += 1;
  if (tries === 1) throw new RangeError("no water");
  return item + ", rinsed" + ".".repeat(Number(process.env["DOTS"])) + process.env["END"];
});
const weigh = task("weigh", async (kilos: number) => kilos);
export const wash = flow("wash", { runName: () => process.env["NAME"] ?? "" }, async () => {
  const kilos = await Promise.all([weigh(1), weigh(2)]);
  await sleep(20);
  return { text: await rinse("socks"), kilos };
});
export const dry = flow("dry", { runName: () => "breezy" }, async () => { await sleep("1h"); });
if (isMain(import.meta)) await wash();
`;
const scene = new CliScene(inject("redisUrl"));
const file = scene.write("wash.ts", tub);

async function wash(NAME: string, END: string, DOTS = "1"): Promise<void> {
  const { code, err } = await scene.run(["run", "wash", "--file", file], { NAME, END, DOTS });
  expect(`${code} ${code === 0 ? "" : err}`).toBe("0 ");
}

beforeAll(async () => {
  await wash("monday", "well");
  await wash("tuesday", "well");
  await wash("sunday", "badly");
  await wash("long", "x", "5000");
  await wash("longer", "y", "5000");
  const drying = scene.start(["run", "dry", "--file", file]);
  await drying.until(/Sleeping/);
  await drying.end("SIGTERM");
});
afterAll(async () => scene.end());

/** Positions of a run's events, by type. */
async function positionsOf(run: string): Promise<ReadonlyMap<string, number>> {
  const events = await scene.json(["events", run, "--json"]);
  return new Map(events.map(({ type, position }) => [type, position]));
}

describe("millrace history", () => {
  test("shows a run as it is, with its tasks, their attempts and its timers", async () => {
    const { code, out } = await scene.run(["history", "monday"]);

    expect(code).toBe(0);
    const [{ run }] = await scene.json(["events", "monday", "--json"]);
    expect(out).toMatch(/^Flow run 'monday' of flow 'wash', after event (\d+) of \1$/m);
    expect(out).toMatch(new RegExp(`^id +${run}$`, "m"));
    expect(out).toMatch(/^event +RunCompleted, \S+ \S+, by worker:\w+$/m);
    expect(out).toMatch(/^why +It ended in state Completed, at \S+ \S+\.$/m);
    expect(out).toMatch(
      /^turns +\d+; turn \d+ was given rinse#1 completed \(event \d+\), and ended the flow$/m,
    );
    expect(out).toMatch(/^result +\{"text":"socks, rinsed\.well","kilos":\[1,2\]\}$/m);
    expect(out).toMatch(/^weigh#2 +Completed +1 .* owner +2$/m);
    expect(out).toMatch(
      /^rinse#1 +Completed +2 .* owner +"socks, rinsed\.well"\n├─ attempt 1 +Failed .* RangeError: no water\n└─ attempt 2 +Completed .*$/m,
    );
    expect(out).toMatch(/^sleep#1 +Completed +\S+ \S+ +\S+ \S+$/m);
  });

  test("shows it as it was after any of its events, from either end", async () => {
    const positions = await positionsOf("monday");
    const at = positions.get("TimerStarted")!;
    const last = positions.get("RunCompleted")!;

    const sleeping = await scene.run(["history", "monday", "--at", String(at)]);
    const again = await scene.run(["history", "monday", "--at", String(at - last - 1)]);
    const first = await scene.run(["history", "monday", "--at=1"]);

    expect(sleeping.out).toContain(`after event ${at} of ${last}\n`);
    expect(sleeping.out).toMatch(
      /^state +Running\nwhy +It sleeps in sleep#1, until \S+ \S+\.\nowner +worker \w+, epoch 1$/m,
    );
    expect(sleeping.out).toMatch(/^sleep#1 +Sleeping /m);
    expect(sleeping.out).not.toContain("rinse");
    expect(again.out).toBe(sleeping.out);
    expect(first.out).toMatch(/^state +Scheduled\nwhy +No worker has begun it, since \S+ \S+\.\n$/m);
  });

  test("with --json gives all of it, decoded", async () => {
    const at = (await positionsOf("monday")).get("TaskAttemptFailed")!;

    const [picture, ...more] = await scene.json(["history", "monday", "--at", String(at), "--json"]);

    expect(more).toEqual([]);
    expect(picture).toMatchObject({
      name: "monday",
      flow: "wash",
      at: { position: at, type: "TaskAttemptFailed", time: expect.stringMatching(/^\d{4}-.*Z$/) },
      state: { type: "RUNNING", name: "Running" },
      ended: null,
      result: null,
      owner: { epoch: 1, at: expect.stringMatching(/Z$/) },
      tasks: [
        { key: "weigh#1", state: "Completed", input: [1], result: 1, deliveredIn: 2 },
        { key: "weigh#2", state: "Completed", input: [2], result: 2, deliveredIn: 2 },
        {
          key: "rinse#1",
          state: expect.stringMatching(/^(AwaitingRetry|Running)$/), // the delay is as short as the commit
          input: ["socks"],
          result: null,
          attempts: [{ attempt: 1, state: "Failed", error: { name: "RangeError", message: "no water" } }],
        },
      ],
      timers: [{ key: "sleep#1", fired: expect.stringMatching(/Z$/) }],
      inbox: [],
    });
    expect(picture.turns.map(({ n, asked }: { n: number; asked: string[] }) => [n, asked])).toEqual([
      [1, ["weigh#1", "weigh#2"]],
      [2, ["sleep#1"]],
      [3, ["rinse#1"]],
    ]);
  });

  test("says why an open run is where it is", async () => {
    const { out } = await scene.run(["history", "breezy"]);

    expect(out).toMatch(/^why +It sleeps in sleep#1, until \S+ \S+\.$/m);
  });

  test.each(["0", "99", "-99"])("refuses --at %s, and says what there is", async (at) => {
    const { code, out, err } = await scene.run(["history", "breezy", "--at", at]);

    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(
      /^OPTION_INVALID: --at is -?\d+, and the run has (\d+) events: give a position from 1 to \1, or from -1 .* back to -\1\./,
    );
  });

  test.each([
    [["history", "nobody"], 'RUN_NOT_FOUND: There is no run "nobody".'],
    [["history", "monday", "--at", "1.5"], "OPTION_INVALID: --at must be a whole number"],
    [["diff", "monday", "nobody"], 'RUN_NOT_FOUND: There is no run "nobody".'],
    [["diff", "monday"], "OPTION_INVALID: Missing required argument 'other'"],
  ])("refuses %j with a code, words and no stack", async (args, why) => {
    const { code, out, err } = await scene.run(args);

    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(why);
    expect(err).not.toContain("    at ");
  });
});

describe("millrace diff", () => {
  test("ends with 0 when two runs do not differ", async () => {
    const { code, out } = await scene.run(["diff", "monday", "tuesday"]);
    const [answer] = await scene.json(["diff", "monday", "tuesday", "--json"]);

    expect({ code, out }).toEqual({
      code: 0,
      out: "Runs 'monday' and 'tuesday' of flow 'wash' do not differ.\n",
    });
    expect(answer).toMatchObject({ same: true, a: { name: "monday" }, b: { name: "tuesday" } });
  });

  test("ends with 1 and shows both sides of the first difference", async () => {
    const { code, out } = await scene.run(["diff", "monday", "sunday"]);
    const positions = await positionsOf("monday");
    const at = positions.get("TaskCompleted")!;

    expect(code).toBe(1);
    expect(out).toMatch(/^Runs 'monday' and 'sunday' differ: the same task gave another result\.$/m);
    expect(out).toMatch(
      new RegExp(`^monday +4 +${at} +TaskCompleted +rinse#1 +"socks, rinsed\\.well"$`, "m"),
    );
    expect(out).toMatch(
      new RegExp(`^sunday +4 +${at} +TaskCompleted +rinse#1 +"socks, rinsed\\.badly"$`, "m"),
    );
    expect(out).toMatch(new RegExp(`^ +npx millrace history \\w+ --at ${at}$`, "m"));
  });

  test("cuts long values so that the difference is to be seen", async () => {
    const { out } = await scene.run(["diff", "long", "longer"]);

    expect(out).toMatch(/^long .* ….*\.x"$/m);
    expect(out).toMatch(/^longer .* ….*\.y"$/m);
    expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThan(250);
  });

  test("with --shape takes no account of values, with --unordered none of order", async () => {
    const shape = await scene.run(["diff", "monday", "sunday", "--shape"]);
    const unordered = await scene.run(["diff", "monday", "sunday", "--unordered"]);

    expect([shape.code, unordered.code]).toEqual([0, 1]);
    expect(unordered.out).toContain("the same task gave another result");
  });

  test("with --json gives kind, positions and values", async () => {
    const [answer] = await scene.json(["diff", "monday", "breezy", "--json"]);
    const [results] = await scene.json(["diff", "monday", "sunday", "--json"]);

    expect(answer).toMatchObject({ same: false, kind: "flow", a: { name: "monday", position: 1, turn: 0 } });
    expect(results).toMatchObject({
      same: false,
      kind: "result",
      a: { type: "TaskCompleted", isThere: true, data: { key: "rinse#1", output: "socks, rinsed.well" } },
      b: { type: "TaskCompleted", isThere: true, data: { key: "rinse#1", output: "socks, rinsed.badly" } },
    });
  });
});
