import { rmSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CliScene, fixture, type Running } from "../support/cli.ts";

let scene: CliScene;
beforeEach(() => {
  scene = new CliScene(null);
});
afterEach(async () => scene.end());

/** Starts the script, and waits until it is in the middle: two tasks are recorded, the third is under way. */
async function startStairs(): Promise<{ readonly script: Running; readonly name: string }> {
  const input = { count: 5, effects: scene.effectsFile, gate: scene.gate };
  const script = scene.script(fixture("squares.ts"), [JSON.stringify(input)]);
  const name = await script.until(/Beginning flow run '([\w-]+)'/);
  await scene.untilEffects((effects) => effects.length === 3);
  return { script, name };
}

const allOnce = ["square 1", "square 2", "square 3", "square 4", "square 5", "sum"];
const whats = (): string[] => scene.effects().map(({ what }) => what);

describe("millrace resume", () => {
  test("continues a killed script's run from the file it was in, and repeats nothing that was recorded", async () => {
    const { script, name } = await startStairs();
    await script.end("SIGKILL");
    scene.openGate();

    const { code, out, err } = await scene.run(["resume", name]);

    expect({ code, out }).toEqual({ code: 0, out: "55\n" });
    expect(err).toContain(`Continuing flow run '${name}' of flow 'stairs'`);
    expect(err).toContain("Finished in state Completed()");
    expect(whats().sort()).toEqual([...allOnce, "square 3"].sort()); // the third was under way
  });

  test("continues a run that SIGTERM has interrupted; its task had ended first", async () => {
    const { script, name } = await startStairs();
    script.child.kill("SIGTERM");
    scene.openGate();
    const interrupted = await script.ended;

    const { code, out } = await scene.run(["resume", name]);

    expect(interrupted.code).not.toBe(0);
    expect(interrupted.err).toContain("npx millrace resume");
    expect({ code, out }).toEqual({ code: 0, out: "55\n" });
    expect(whats()).toEqual(allOnce);
  });

  test("leaves a run alone whose owner is alive, and says who that is", async () => {
    const { script, name } = await startStairs();

    const { code, out, err } = await scene.run(["resume", name]);
    scene.openGate();
    const owner = await script.ended;

    expect({ code, out }).toEqual({ code: 3, out: "" });
    expect(err).toMatch(
      /^LEASE_LOST: Run \w{26} is being run by worker \w+ \(host \S+, pid \d+\), which is alive/m,
    );
    expect(err).toContain(`pid ${script.child.pid}`);
    expect(err).toMatch(/millrace events \w{26} -f/);
    expect(owner.code).toBe(0);
    expect(whats()).toEqual(allOnce);
  });

  test("prints state and result of a run that has ended, by name, id and beginning of the id", async () => {
    const { script, name } = await startStairs();
    scene.openGate();
    await script.ended;
    const [{ id }] = await scene.json(["runs", "ls", "--json"]);

    const byName = await scene.run(["resume", name]);
    const byId = await scene.run(["resume", id]);
    const [byPrefix] = await scene.json(["resume", id.slice(0, 20).toLowerCase(), "--json"]);

    expect(byName).toMatchObject({
      code: 0,
      out: "55\n",
      err: `Run '${name}' has ended: Completed (COMPLETED)\n`,
    });
    expect(byId).toEqual(byName);
    expect(byPrefix).toMatchObject({
      id,
      name,
      flow: "stairs",
      state: { type: "COMPLETED" },
      result: 55,
      error: null,
    });
  });

  test("blocks a run whose code has changed, and continues it when the code fits again", async () => {
    const code = (first: string, last: string): string => `
      import { flow, isMain, sleep, task } from "millrace";
      const ${first} = task("${first}", async () => 1);
      const done = task("done", async () => ${last});
      export const change = flow("change", async () => { await ${first}(); return done(); });
      if (isMain(import.meta)) await change();`;
    const file = scene.write("change.ts", code("before", "process.exit(9)"));
    const crashed = await scene.script(file, []).ended;
    const name = /Beginning flow run '([\w-]+)'/.exec(crashed.err)?.[1] ?? "";
    scene.write("change.ts", code("after", "7"));

    const changed = await scene.run(["resume", name]);
    const view = await scene.run(["runs", "get", name]);
    scene.write("change.ts", code("before", "7"));
    const mended = await scene.run(["resume", name]);

    expect(crashed.code).toBe(9);
    expect(changed).toMatchObject({ code: 4, out: "" });
    expect(changed.err).toContain("nothing is lost");
    expect(view.out).toMatch(/state +Blocked/);
    expect(view.out).toContain("[E_DIFFERENT_CALL]");
    expect(mended).toMatchObject({ code: 0, out: "7\n" });
  });

  test("loads a script that starts its flow unguarded without starting it", async () => {
    const file = scene.write(
      "loose.ts",
      `import { flow, task } from "millrace";
       const step = task("step", async () => { if (process.env["CRASH"] === "1") process.exit(9); return 1; });
       const loose = flow("loose", async () => step());
       await loose();`,
    );
    const crashed = await scene.run(["run", "loose", "--file", file], { CRASH: "1" });

    const { code, out, err } = await scene.run([
      "resume",
      /Beginning flow run '([\w-]+)'/.exec(crashed.err)?.[1] ?? "",
    ]);

    expect({ code, out }).toEqual({ code: 0, out: "1\n" });
    expect(err).toContain('A file starts flow "loose" when it is loaded; that is left out.');
    expect(await scene.json(["runs", "ls", "--json"])).toHaveLength(1);
  });

  test("asks for the file when that is gone, and refuses one without the flow", async () => {
    const text = `import { flow, task } from "millrace";
      const end = task("end", async () => process.exit(9));
      flow("gone", async () => end());`;
    const file = scene.write("gone.ts", text);
    const other = scene.write("other.ts", `import { flow } from "millrace"; flow("other", async () => 1);`);
    const crashed = await scene.run(["run", "gone", "--file", file]);
    const name = /Beginning flow run '([\w-]+)'/.exec(crashed.err)?.[1] ?? "";
    rmSync(file);

    const gone = await scene.run(["resume", name]);
    const wrong = await scene.run(["resume", name, "--file", other]);

    expect(gone).toMatchObject({ code: 2, out: "" });
    expect(gone.err).toMatch(
      /^FLOW_FILE_UNUSABLE: .*gone\.ts is not there any more\. Name the file: .* --file FILE$/m,
    );
    expect(wrong).toMatchObject({ code: 2, out: "" });
    expect(wrong.err).toMatch(
      /^FLOW_UNKNOWN: .*other\.ts does not define flow "gone"\. It defines: other\.$/m,
    );
  });
});
