import { afterAll, expect, inject, test } from "vitest";
import { CliScene } from "../support/cli.ts";
import { waitUntil } from "../support/wait-until.ts";

const scene = new CliScene(inject("redisUrl"));
afterAll(async () => scene.end());

/** Waits for a signal, and says which version of the code went on after it. */
const version = (text: string): string => `
  import { flow, signal } from "millrace";
  const go = signal("go");
  export const ship = flow("ship", { pin: true }, async () => {
    await go.receive();
    return "${text}";
  });`;

async function typesOf(run: string): Promise<readonly string[]> {
  return (await scene.json(["events", run, "--json"])).map(({ type }) => type);
}

test("a run of a pinned flow goes on only with the code that began it, and others run their own", async () => {
  const old = scene.write("old.ts", version("old"));
  const first = await scene.worker(old);
  const [run] = await scene.json(["start", "ship", "--json"]);
  await waitUntil(async () => expect(await typesOf(run.id)).toContain("SignalAwaited"), {
    timeoutMs: 30_000,
  });
  await first.end("SIGTERM");

  await scene.worker(scene.write("new.ts", version("new")));
  const [other] = await scene.json(["start", "ship", "--json"]);
  for (const { id } of [run, other]) await scene.run(["signal", id, "go"]);
  const ended = async (id: string): Promise<unknown> =>
    (await scene.json(["runs", "get", id, "--json"]))[0].result;
  await waitUntil(async () => expect(await ended(other.id)).toBe("new"), { timeoutMs: 30_000 });
  const untaken = await typesOf(run.id);
  await scene.worker(old);
  await waitUntil(async () => expect(await ended(run.id)).toBe("old"), { timeoutMs: 30_000 });

  expect(untaken.at(-1)).toBe("SignalReceived");
});
