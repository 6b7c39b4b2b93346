import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { CliScene, fixture } from "../support/cli.ts";

let scene: CliScene;
beforeEach(() => {
  scene = new CliScene(inject("redisUrl"));
});
afterEach(async () => scene.end());

const squares = fixture("squares.ts");
const parameters = (count: number): string[] => [
  "-p",
  `count=${count}`,
  "-p",
  `effects=${scene.effectsFile}`,
  "-p",
  `gate=${scene.gate}`,
];
const squaresUpTo = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `square ${index + 1}`);
const whatOf = (effects: ReturnType<CliScene["effects"]>): string[] => effects.map(({ what }) => what).sort();
const pidsOf = (effects: ReturnType<CliScene["effects"]>): number =>
  new Set(effects.map(({ pid }) => pid)).size;

describe("millrace worker", () => {
  test("says who it is, what it serves, where the log is and how to go on", async () => {
    const worker = await scene.worker(squares, "-q", "default", "-q", "night", "-c", "7");

    await worker.until(/Stop: Ctrl-C/);

    expect(worker.err).toMatch(/^Worker [0-9a-z]{12} is ready; pid \d+$/m);
    expect(worker.err).toMatch(/flows +squares, stairs$/m);
    expect(worker.err).toMatch(/queues +default, night$/m);
    expect(worker.err).toMatch(/tasks +7 at the same time/);
    expect(worker.err).toMatch(new RegExp(`store +redis://.*, namespace ${scene.namespace}`));
    expect(worker.err).toContain("npx millrace run squares --watch");
    expect(worker.out).toBe("");
  });

  test("shares a mapped flow with another worker, each item once", async () => {
    await scene.worker(squares, "-c", "2");
    await scene.worker(squares, "-c", "2");

    const watching = scene.start(["run", "squares", ...parameters(20), "--watch"]);
    await scene.untilEffects((effects) => effects.length >= 6 && pidsOf(effects) === 2);
    scene.openGate();
    const { code, out } = await watching.ended;

    expect({ code, out }).toEqual({ code: 0, out: "2870\n" });
    expect(whatOf(scene.effects())).toEqual([...squaresUpTo(20), "sum"].sort());
  });

  test("killed in the middle, leaves its work to the other one, and nothing that was recorded runs again", async () => {
    const first = await scene.worker(squares, "-c", "2");
    const second = await scene.worker(squares, "-c", "2");
    const watching = scene.start(["run", "squares", ...parameters(12), "--watch"]);
    await scene.untilEffects((effects) => effects.length >= 6 && pidsOf(effects) === 2);
    const held = scene.effects().filter(({ pid, what }) => pid === first.child.pid && !/ [12]$/.test(what));

    await first.end("SIGKILL");
    scene.openGate();
    const { code, out } = await watching.ended;

    expect({ code, out }).toEqual({ code: 0, out: "650\n" });
    expect(held.length).toBe(2);
    const again = [...squaresUpTo(12), "sum", ...held.map(({ what }) => what)];
    expect(whatOf(scene.effects()).filter((what) => what !== "sum")).toEqual(
      again.filter((what) => what !== "sum").sort(),
    );
    expect(second.child.exitCode).toBeNull();
  });

  test("told to stop, lets its task end, hands the run over and ends with 0", async () => {
    const first = await scene.worker(squares);
    const watching = scene.start(["run", "stairs", ...parameters(6), "--watch"]);
    await scene.untilEffects((effects) => effects.length === 3);
    await scene.worker(squares);

    first.child.kill("SIGTERM");
    await first.until(/1 run is handed over/);
    scene.openGate();
    const [{ code, err }, result] = await Promise.all([first.ended, watching.ended]);

    expect(code).toBe(0);
    expect(err).toMatch(/Worker [0-9a-z]{12} stopped cleanly\.$/m);
    expect(result).toMatchObject({ code: 0, out: "91\n" });
    expect(whatOf(scene.effects())).toEqual([...squaresUpTo(6), "sum"].sort());
    expect(pidsOf(scene.effects())).toBe(2);
  });

  test("ends at once at the second signal", async () => {
    const worker = await scene.worker(squares);
    await scene.run(["run", "stairs", ...parameters(4)]);
    await scene.untilEffects((effects) => effects.length === 3);
    worker.child.kill("SIGINT");
    await worker.until(/Another signal ends this at once/);

    const { code } = await worker.end("SIGINT");

    expect(code).toBe(130);
  });

  test("refuses files that it cannot serve, before it does anything", async () => {
    const empty = scene.write("empty.ts", "export const a = 1;");
    const syntax = scene.write("syntax.ts", "export const a = ;");
    const throws = scene.write("throws.ts", "\n\nconst list: string[] = [];\nlist[0].trim();");
    const twice = [1, 2].map((n) =>
      scene.write(`twin-${n}.ts`, `import { flow } from "millrace"; flow("twin", async () => ${n});`),
    );

    const refusals = await Promise.all(
      [["missing.ts"], ["."], [empty], [syntax], [throws], twice, [squares, "-c", "0"], []].map(
        async (args) => scene.run(["worker", ...args]),
      ),
    );

    expect(refusals.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2, 2, 2, 2]);
    const said = refusals.map(({ err }) => err);
    expect(said).toEqual([
      "FLOW_FILE_UNUSABLE: missing.ts: there is no such file\n",
      "FLOW_FILE_UNUSABLE: .: it is a directory; name the file that defines the flow\n",
      'FLOW_FILE_UNUSABLE: empty.ts: it defines no flow. Does it call flow("name", …) of the package "millrace"?\n',
      expect.stringMatching(
        /^FLOW_FILE_UNUSABLE: syntax\.ts: it cannot be loaded\. .*\n.*syntax\.ts:1:17: ERROR: Unexpected ";"\n$/,
      ),
      expect.stringMatching(
        /^FLOW_FILE_UNUSABLE: throws\.ts: it cannot be loaded\. TypeError: .*throws\.ts:4:\d+\)\n$/,
      ),
      expect.stringMatching(/^FLOW_UNKNOWN: Two different flows .* "twin"/),
      'OPTION_INVALID: --concurrency must be a whole number from 1 to 10000, and is "0".\n',
      "OPTION_INVALID: Missing required argument 'file'. See: millrace --help\n",
    ]);
  });

  test("says why when Redis cannot be reached", async () => {
    const { code, err } = await scene.run(["worker", squares], {
      MILLRACE_REDIS_URL: "redis://user:hidden@127.0.0.1:1",
    });

    expect(code).toBe(3);
    expect(err).toMatch(/^REDIS_UNAVAILABLE: Redis cannot be reached\./);
    expect(err).not.toContain("hidden");
    expect(err).not.toContain("    at ");
  });
});
