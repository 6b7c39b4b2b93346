import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { decodeBodies } from "../../../src/redis/decode-bodies.ts";
import { MemoryPayloads } from "../../support/memory-payloads.ts";
import { recordRun } from "../../support/record-flow.ts";
import { queuedTasks, recordedFlows } from "../../support/recorded-flows.ts";
import { coldReplay } from "../../support/sim-replay.ts";

const root = new URL("../../fixtures/history/", import.meta.url);
const newest = "v1";
const HistoryFile = z.object({
  flow: z.string(),
  about: z.string(),
  bodies: z.array(z.string()),
  events: z.array(z.string()),
});

/** Histories are recorded once and kept: MILLRACE_RECORD=1 writes those that are missing, and changes none. */
async function recordMissing(): Promise<void> {
  mkdirSync(new URL(`${newest}/`, root), { recursive: true });
  for (const [name, { spec, input }] of Object.entries(recordedFlows)) {
    const file = new URL(`${newest}/${name}.json`, root);
    if (existsSync(file)) continue;
    const { bodies, events } = await recordRun(spec, input, queuedTasks);
    const text = {
      flow: name,
      about: "Bodies as stored (base64). The types are for people; the bodies are what is read.",
      events: events.map(({ position, type }) => `${position} ${type}`),
      bodies: bodies.map((body) => Buffer.from(body).toString("base64")),
    };
    writeFileSync(file, `${JSON.stringify(text, null, 2)}\n`);
  }
}

if (process.env["MILLRACE_RECORD"] === "1") await recordMissing();

const files = readdirSync(root).flatMap((version) =>
  readdirSync(new URL(`${version}/`, root)).map((file) => `${version}/${file}`),
);

function readFixture(file: string): z.output<typeof HistoryFile> {
  return HistoryFile.parse(JSON.parse(readFileSync(new URL(file, root), "utf8")));
}

describe("histories of earlier releases", () => {
  test("there is one for every recorded flow", () => {
    expect(files).toEqual(
      expect.arrayContaining(Object.keys(recordedFlows).map((name) => `${newest}/${name}.json`)),
    );
  });

  test.each(files)("%s is repeated to the recorded end", async (file) => {
    const { flow, bodies, events } = readFixture(file);
    const decoded = decodeBodies(
      "recorded",
      0,
      bodies.map((body) => Buffer.from(body, "base64")),
    );
    const { spec } = recordedFlows[flow as keyof typeof recordedFlows];

    const { divergence, history, outcome } = await coldReplay(spec, decoded, new MemoryPayloads());

    expect(divergence?.message).toBeUndefined();
    expect(decoded.map(({ position, type }) => `${position} ${type}`)).toEqual(events);
    expect(outcome?.type).toBe(history.ending?.type === "RunCompleted" ? "COMPLETED" : "FAILED");
  });

  test("the results are those of their time", async () => {
    const results: Record<string, unknown> = {};
    for (const file of files) {
      const { flow, bodies } = readFixture(file);
      const decoded = decodeBodies(
        "recorded",
        0,
        bodies.map((body) => Buffer.from(body, "base64")),
      );
      const { outcome } = await coldReplay(
        recordedFlows[flow as keyof typeof recordedFlows].spec,
        decoded,
        new MemoryPayloads(),
      );
      results[file] = outcome?.output ?? outcome?.error?.message;
    }
    expect(results).toMatchInlineSnapshot(`
      {
        "v1/all.json": [
          3,
          5,
          7,
        ],
        "v1/failure.json": "second after RangeError: first",
        "v1/mapped.json": [
          [
            11,
            12,
            13,
          ],
          [
            11,
            12,
            13,
          ],
          24,
        ],
        "v1/race.json": [
          {
            "at": 1970-01-01T00:00:00.000Z,
            "item": "tortoise",
          },
          4,
        ],
        "v1/retry.json": 7n,
        "v1/sequence.json": Map {
          "value" => [
            5,
            7,
            undefined,
            NaN,
          ],
        },
        "v1/sleeping.json": {
          "drawn": [
            0.10188697424776816,
            "ffdf2be6-92ce-4a07-b631-f6301f086f7f",
          ],
          "slept": 86400000,
        },
      }
    `);
  });
});
