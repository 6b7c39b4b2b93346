import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Operation } from "../../src/server/contract/commands.ts";
import { CliScene, type Running } from "../support/cli.ts";
import { ServerScene } from "../support/server-scene.ts";
import { waitUntil } from "../support/wait-until.ts";

describe("a command for a thousand runs", () => {
  let scene: ServerScene;
  const count = 1_000;

  beforeAll(async () => {
    scene = await ServerScene.open();
    const { work } = scene;
    const starting = Array.from({ length: count }, () => work.start("nobody-serves-this"));
    await Promise.all(starting);
    await scene.settled();
  });
  afterAll(async () => scene.close());

  test("is shown first, and does nothing then", async () => {
    const preview = await scene.get("bulk", { body: { q: "flow:nobody-serves-this", action: "cancel" } });

    expect(preview).toMatchObject({ kind: "preview", count, exact: true });
    expect(preview.kind === "preview" && preview.sample).toHaveLength(5);
    expect((await scene.get("runs", { query: { q: "status:cancelled" } })).total).toEqual({
      count: 0,
      exact: true,
    });
  });

  test("is carried out once for each, and the histogram and the count know all of them", async () => {
    const body = {
      q: "flow:nobody-serves-this",
      action: "cancel",
      reason: "tidy up",
      dryRun: false,
    } as const;
    const begun = await scene.get("bulk", { body });
    const done = await ended(scene, begun.kind === "operation" ? begun.id : "");
    await scene.settled();
    const histogram = await scene.get("histogram", { query: { q: "status:cancelled" } });

    expect(done).toMatchObject({
      state: "done",
      total: count,
      carriedOut: count,
      skipped: 0,
      failed: 0,
      note: null,
    });
    expect(histogram.total).toEqual({ count, exact: true });
    expect((await scene.get("runs", { query: { q: "status:cancelled" } })).total).toEqual({
      count,
      exact: true,
    });
  });

  test("skips what its state does not allow, and can be stopped", async () => {
    const none = await scene.get("bulk", { body: { q: "flow:nobody-serves-this", action: "cancel" } });
    const again = await scene.get("bulk", {
      body: { q: "flow:nobody-serves-this", action: "retry", dryRun: false },
    });
    const id = again.kind === "operation" ? again.id : "";
    await scene.get("stopOperation", { params: { id } });
    const stopped = await ended(scene, id);

    expect(none).toMatchObject({ count: 0 });
    expect(stopped.state).toBe("stopped");
    expect(stopped.carriedOut).toBeLessThan(count);
  });
});

async function ended(scene: ServerScene, id: string): Promise<Operation> {
  return waitUntil(
    async () => {
      const operation = await scene.get("operation", { params: { id } });
      if (operation.endedAt === null) throw new Error(`it is ${operation.state}`);
      return operation;
    },
    { timeoutMs: 30_000, intervalMs: 50 },
  );
}

test("a server that is killed on the way is replaced: no run is left out, and the operation says so", async () => {
  const scene = await ServerScene.open();
  const cli = new CliScene(inject("redisUrl"));
  const env = { MILLRACE_NAMESPACE: scene.work.client.store.namespace.name };
  try {
    const count = 2_000;
    await Promise.all(Array.from({ length: count }, () => scene.work.start("slow-to-cancel")));
    await scene.settled();
    const first = await serve(cli, env);
    const started = await fetch(`${first.url}api/runs/bulk`, {
      method: "POST",
      headers: { "x-millrace-request": "1", "content-type": "application/json" },
      body: JSON.stringify({ q: "flow:slow-to-cancel", action: "cancel", dryRun: false }),
    });
    const { id } = (await started.json()) as Operation;
    await waitUntil(
      async () => {
        const { carriedOut } = await scene.get("operation", { params: { id } });
        if (carriedOut < 20) throw new Error(`${carriedOut} so far`);
      },
      { timeoutMs: 20_000, intervalMs: 5 },
    );
    await first.process.end("SIGKILL");
    const done = await ended(scene, id);

    expect(done).toMatchObject({ state: "done", total: count, failed: 0, takenOver: 1 });
    expect(done.carriedOut + done.skipped).toBe(count);
    expect(done.note).toContain("No run was left out");
    await scene.settled();
    expect(
      (await scene.get("runs", { query: { q: "flow:slow-to-cancel status:cancelled" } })).total?.count,
    ).toBe(count);
  } finally {
    await cli.end();
    await scene.close();
  }
});

async function serve(
  cli: CliScene,
  env: Readonly<Record<string, string>>,
): Promise<{ process: Running; url: string }> {
  const process = cli.start(["server", "--port", "0"], env);
  return { process, url: await process.until(/is at (http:\S+\/)/) };
}
