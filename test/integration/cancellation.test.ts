import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { connect, type RunHandle } from "../../src/index.ts";
import { CliScene, fixture } from "../support/cli.ts";

const file = fixture("cancellable.ts");
const combinations = ["complete", "fail", "cancel"].flatMap((ending) =>
  [false, true].map((cleanup) => ({ ending, cleanup })),
);
const states: Readonly<Record<string, string>> = {
  complete: "COMPLETED",
  fail: "FAILED",
  cancel: "CANCELLED",
};

let scene: CliScene;
beforeEach(() => {
  scene = new CliScene(inject("redisUrl"));
});
afterEach(async () => scene.end());

const said = (): readonly string[] => scene.effects().map(({ what }) => what);

async function stateOf(run: string): Promise<string> {
  const [{ state }] = await scene.json(["history", run, "--json"]);
  return state.type;
}

/** The type of the state that a run ends in. */
async function endOf(run: RunHandle): Promise<string> {
  await run.result({ timeout: "60s" }).catch(() => undefined);
  return (await run.state()).type;
}

describe("a cancelled run", { timeout: 90_000 }, () => {
  test("ends as its code decides: completed, failed or cancelled, at once or after cleanup", async () => {
    const client = await connect({ url: inject("redisUrl"), namespace: scene.namespace });
    const worker = scene.start(["worker", file], { EFFECTS: scene.effectsFile });
    const runs = await Promise.all(combinations.map(async (input) => client.start("answering", input)));
    await worker.until(/(?:Sleeping for[\s\S]*){6}/);

    await Promise.all(runs.map(async (run) => run.cancel("enough")));

    const ends = await Promise.all(runs.map(endOf));
    await client.close();
    expect(ends).toEqual(combinations.map(({ ending }) => states[ending]));
    expect([...said()].sort()).toEqual(["tidied cancel", "tidied complete", "tidied fail"]);
  });

  test("aborts the requests that its tasks have under way, in its process and on another machine", async () => {
    const client = await connect({ url: inject("redisUrl"), namespace: scene.namespace });
    const paths: string[] = [];
    let aborted = 0;
    const server = createServer((request, response) => {
      paths.push(request.url ?? "");
      response.on("close", () => (aborted += response.writableFinished ? 0 : 1));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const env = { EFFECTS: scene.effectsFile };
      const near = scene.start(["worker", file, "--queue", "default"], env);
      await near.until(/is ready/);
      const far = scene.start(["worker", file, "--queue", "far"], env);
      const run = await client.start("fetching", { url }, { queue: "default" });
      await expect.poll(() => [...paths].sort(), { timeout: 40_000 }).toEqual(["/far", "/here"]);

      await run.cancel();

      expect(await endOf(run)).toBe("CANCELLED");
      await expect.poll(() => aborted, { timeout: 20_000 }).toBe(2);
      await scene.untilEffects((effects) => effects.length === 2);
      const ends = new Map(scene.effects().map(({ what, pid }) => [what.split(" ").at(-1), pid]));
      expect([ends.get("/here"), ends.get("/far")]).toEqual([near.child.pid, far.child.pid]);
    } finally {
      await client.close();
      server.closeAllConnections();
      server.close();
    }
  });

  test("by Ctrl-C at its script cleans up, and the process ends with 130", async () => {
    const script = scene.script(file, [], { EFFECTS: scene.effectsFile });
    await script.until(/Sleeping for/);

    const { code, err } = await script.end("SIGINT");

    expect({ code, said: said() }).toEqual({ code: 130, said: ["tidying", "tidied"] });
    expect(err).toContain("Finished in state Cancelled");
  });

  test("by Ctrl-C twice at its script is left as it is, and ends cancelled when somebody continues it", async () => {
    const env = { EFFECTS: scene.effectsFile };
    const script = scene.script(file, [], { ...env, HANGS: "1" });
    const name = await script.until(/Beginning flow run '([\w-]+)'/);
    await script.until(/Sleeping for/);
    script.child.kill("SIGINT");
    await scene.untilEffects((effects) => effects.length === 1);

    const { code } = await script.end("SIGINT");
    expect({ code, said: said(), state: await stateOf(name) }).toEqual({
      code: 130,
      said: ["tidying"],
      state: "CANCELLING",
    });
    await scene.run(["resume", name], env);

    expect(said()).toEqual(["tidying", "tidying", "tidied"]);
    expect(await stateOf(name)).toBe("CANCELLED");
  });
});
