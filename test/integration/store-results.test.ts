import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { directory, flow, INPUTS, type ResultFormat, s3, task } from "../../src/index.ts";
import { type S3Server, s3Login, startS3 } from "../support/s3-server.ts";
import { SharingScene } from "../support/sharing-scene.ts";
import { waitUntil } from "../support/wait-until.ts";

let scene: SharingScene;
let folder: string;
let calls = 0;
beforeEach(async () => {
  scene = await SharingScene.open(inject("redisUrl"));
  folder = mkdtempSync(join(tmpdir(), "millrace-results-"));
  calls = 0;
});
afterEach(async () => {
  await scene.end();
  rmSync(folder, { recursive: true, force: true });
});

const formats: readonly ResultFormat[] = ["msgpack", "json", "compressed/msgpack", "compressed/json"];
const value = {
  text: "ä\u0000".repeat(30_000),
  kinds: [undefined, null, Number.NaN, -1.5, 2n ** 70n, new Date(5), new Uint8Array([1, 2])],
  map: new Map<unknown, unknown>([[{ a: 1 }, new Set([1n])]]),
  $: "a field of this name",
};

async function outputOf(run: string): Promise<unknown> {
  const events = await scene.events(run);
  const completed = events.find(({ type }) => type === "TaskCompleted");
  return completed !== undefined && "output" in completed.data ? completed.data.output : null;
}

describe("results in a directory", () => {
  test.each(formats)(
    "written as %s come back equal, and the log says where they are",
    async (resultSerializer) => {
      const make = task("make", { resultStorage: directory(folder), resultSerializer }, async () => value);
      const keeps = flow("keeps", async () => make());

      const { run, state } = await scene.run(await scene.host(), keeps);

      expect(state.output).toEqual(value);
      const output = await outputOf(run);
      expect(output).toEqual([
        expect.stringMatching(/^[0-9a-f]{64}$/),
        expect.any(Number),
        `${resultSerializer} file://${folder}`,
      ]);
      expect(readdirSync(folder)).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.(msgpack|json)(\.gz)?$/)]);
      const [bytes] = await scene.client.payloads.get(run, [output as [string, number, string]]);
      expect(bytes?.length).toBeGreaterThan(60_000);
      expect(await scene.client.store.redis.keys(`*:payload:${run}:*`)).toHaveLength(1); // the flow's own result
    },
  );

  test("up to the limit of the option are part of the log, and above it are not", async () => {
    const options = { resultStorage: directory(folder), resultInline: 10 } as const;
    const small = task("small", options, async (size: number) => "x".repeat(size));
    const sizes = flow("sizes", async () => [await small(5), await small(50)]);

    await scene.run(await scene.host(), sizes);

    expect(readdirSync(folder)).toHaveLength(1);
  });

  test("are what the flow says for tasks that say nothing, and for its own result", async () => {
    const make = task("make_plain", async () => "x".repeat(50_000));
    const own = task("make_own", { resultStorage: "redis" }, async () => "y".repeat(50_000));
    const options = { resultStorage: directory(folder), resultSerializer: "json" } as const;
    const keeps = flow("keeps_all", options, async () => [
      await make(),
      await make.submit().result(),
      await own(),
    ]);
    await scene.worker(keeps);

    const { run, state } = await scene.run(await scene.host(), keeps);

    expect((state.output as string[]).map((one) => one[0])).toEqual(["x", "x", "y"]);
    expect(readdirSync(folder)).toHaveLength(2); // one value twice, and the list of all
    expect(await scene.client.store.redis.keys(`*:payload:${run}:*`)).toHaveLength(1);
  });

  test("that has gone are missing with the path where they should be", async () => {
    const make = task("make_lost", { resultStorage: directory(folder) }, async () => "x".repeat(50_000));
    const { run } = await scene.run(
      await scene.host(),
      flow("loses", async () => (await make()).length),
    );
    const output = (await outputOf(run)) as [string, number, string];
    const [file = ""] = readdirSync(folder);

    writeFileSync(join(folder, file), "damaged");
    await expect(scene.client.payloads.get(run, [output])).rejects.toThrow(
      /is damaged .* should be file:.*msgpack/,
    );
    rmSync(join(folder, file));
    await expect(scene.client.payloads.get(run, [output])).rejects.toMatchObject({
      code: "PAYLOAD_MISSING",
      message: expect.stringContaining(`${folder}/${file}`),
    });
  });

  test("that cannot be written now are written later: the task waits, and does not run again", async () => {
    const place = join(folder, "not-yet", "results");
    writeFileSync(join(folder, "not-yet"), "a file in the way");
    const make = task("make_later", { resultStorage: directory(place) }, async () => {
      calls += 1;
      return "x".repeat(50_000);
    });
    const host = await scene.host();
    const running = scene.run(
      host,
      flow("waits", async () => (await make()).length),
    );

    await waitUntil(async () => expect(scene.troubles.length).toBeGreaterThan(0), { timeoutMs: 30_000 });
    rmSync(join(folder, "not-yet"));
    const { state } = await running;

    expect(state.output).toBe(50_000);
    expect(calls).toBe(1);
    expect(scene.troubles[0]).toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(readdirSync(place)).toHaveLength(1);
  });

  test("are shared by reference: another run needs no copy, and one that has gone is made again", async () => {
    const make = task("make_shared", { cache: INPUTS, resultStorage: directory(folder) }, async () => {
      calls += 1;
      return "x".repeat(50_000);
    });
    const shares = flow("shares", async () => (await make()).length);
    const host = await scene.host();
    await scene.result(host, shares);
    const second = await scene.run(host, shares);

    const reused = (await scene.events(second.run)).find(({ type }) => type === "TaskReused");
    expect(reused?.data).toMatchObject({
      output: [expect.any(String), expect.any(Number), `msgpack file://${folder}`],
    });
    expect(calls).toBe(1);
    for (const file of readdirSync(folder)) rmSync(join(folder, file));
    expect(await scene.result(host, shares)).toBe(50_000);
    expect(calls).toBe(2);
  });
});

describe("results in Redis", () => {
  test("may be compressed", async () => {
    const make = task("make_small", { resultSerializer: "compressed/json" }, async () => "x".repeat(50_000));
    const { run, state } = await scene.run(
      await scene.host(),
      flow("compresses", async () => (await make()).length),
    );

    expect(state.output).toBe(50_000);
    const output = (await outputOf(run)) as [string, number, string];
    expect(output[1]).toBeLessThan(1_000);
    expect(output[2]).toBe("compressed/json redis");
    expect((await scene.client.payloads.get(run, [output]))[0]?.length).toBeGreaterThan(50_000);
  });
});

describe("results in S3", () => {
  let server: S3Server;
  beforeEach(async () => {
    server = await startS3(["results"]);
  });
  afterEach(async () => server.close());

  const place = (changes: Partial<Parameters<typeof s3>[0]> = {}): ReturnType<typeof s3> =>
    s3({
      endpoint: server.endpoint,
      bucket: "results",
      region: "eu-test-1",
      prefix: "orders/2026 (a)",
      credentials: s3Login,
      ...changes,
    });

  test("are signed requests; the value comes back, also in a process that has not defined the place", async () => {
    const make = task("s3_make", { resultStorage: place(), resultSerializer: "json" }, async () => value);
    const { run, state } = await scene.run(
      await scene.host(),
      flow("s3_keeps", async () => make()),
    );

    expect(state.output).toEqual(value);
    const output = (await outputOf(run)) as [string, number, string];
    expect(output[2]).toBe(`json s3:${server.endpoint}/results/orders/2026 (a)`);
    expect([...server.objects.keys()]).toEqual([`/results/orders/2026 (a)/${output[0]}.json`]);
    const [bytes] = await scene.client.payloads.get(run, [output]);
    expect(bytes?.length).toBeGreaterThan(60_000);
    expect(server.requests.every((request) => request.endsWith(" 200"))).toBe(true);
  });

  test("wait while the store is away or refuses, and are there afterwards", async () => {
    server.fail = { status: 503, code: "SlowDown" };
    let asked = 0;
    const credentials = async (): Promise<typeof s3Login> => {
      asked += 1;
      return asked === 3 ? { ...s3Login, secretAccessKey: "wrong" } : s3Login;
    };
    const make = task("s3_later", { resultStorage: place({ credentials }) }, async () => {
      calls += 1;
      return "x".repeat(50_000);
    });
    const running = scene.run(
      await scene.host(),
      flow("s3_waits", async () => (await make()).length),
    );

    await waitUntil(async () => expect(scene.troubles.length).toBeGreaterThan(1), { timeoutMs: 30_000 });
    server.fail = null;
    const { state } = await running;

    expect(state.output).toBe(50_000);
    expect(calls).toBe(1);
    expect(server.objects.size).toBe(1);
    expect(scene.troubles.map(({ message }) => message).join("\n")).toMatch(
      /503 SlowDown[^]*403 SignatureDoesNotMatch/,
    );
  });

  test("that has gone are missing with the address where they should be", async () => {
    const make = task("s3_lost", { resultStorage: place() }, async () => "x".repeat(50_000));
    const { run } = await scene.run(
      await scene.host(),
      flow("s3_loses", async () => (await make()).length),
    );
    const output = (await outputOf(run)) as [string, number, string];
    server.objects.clear();

    await expect(scene.client.payloads.get(run, [output])).rejects.toMatchObject({
      code: "PAYLOAD_MISSING",
      message: expect.stringContaining(`${server.endpoint}/results/orders`),
    });
  });
});
