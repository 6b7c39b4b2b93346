import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { catalog, definitionByCode, definitionByType, type Event } from "../../../src/events/catalog.ts";
import { decodeEvent, decodeValue, encodeEvent, encodeValue } from "../../../src/events/codec.ts";
import { defineEvent } from "../../../src/events/define.ts";
import { isType } from "../../../src/events/envelope.ts";
import { RunCompleted, RunFailed } from "../../../src/events/run-events.ts";
import { TaskScheduled, TaskStarted } from "../../../src/events/task-events.ts";
import { TurnTaken } from "../../../src/events/turn-events.ts";

const place = { run: "r1", position: 7, actor: "worker:before" };

function stored(event: Event, actor: string | null, time = 0): Buffer {
  const stamp = Buffer.alloc(6);
  stamp.writeUIntBE(time, 0, 6);
  return Buffer.concat([stamp, encodeEvent(event, actor)]);
}

const started = TaskStarted.make({ key: "a#1", attempt: 2, worker: "w1" });

describe("the codec of events", () => {
  test("gives an event back, with its place and time", () => {
    const time = 2 ** 41 + 12_345; // more than 32 bits
    expect(decodeEvent(stored(started, "worker:w1", time), place)).toEqual({
      ...started,
      version: 1,
      run: "r1",
      position: 7,
      recordedAt: time,
      actor: "worker:w1",
    });
  });

  test("the bytes of an event stay as they were", () => {
    const bytes = stored(started, "worker:w1");
    decodeEvent(bytes, place);
    expect(bytes).toEqual(stored(started, "worker:w1"));
  });

  test("the actor is written once a commit", () => {
    const event = decodeEvent(stored(started, null), place);
    expect(event.actor).toBe("worker:before");
    expect(isType(event, "TaskStarted")).toBe(true);
    expect(isType(event, "TaskFailed")).toBe(false);
  });

  test("payloads, errors and nothing survive", () => {
    const error = {
      name: "E",
      message: "m",
      stack: null,
      code: 5,
      causes: [{ name: "C", message: "", stack: "s", code: null }],
    };
    const events = [
      RunCompleted.make({ output: Uint8Array.from([1, 2]), name: "Completed", message: null }),
      RunCompleted.make({ output: ["ab", 40_000], name: "Completed", message: "fine" }),
      RunFailed.make({ error, name: "Failed", message: null }),
      TurnTaken.make({
        n: 1,
        epoch: 2,
        elapsedMs: 0,
        codeHash: "h",
        flags: [1],
        delivered: [-1, 4],
        done: false,
      }),
    ];
    for (const event of events)
      expect(decodeEvent(stored(event, "a"), place)).toMatchObject({ type: event.type, data: event.data });
  });

  test("an event that nobody defined cannot be written", () => {
    expect(() => encodeEvent({ type: "Nonsense", data: {} } as unknown as Event, null)).toThrowError(
      expect.objectContaining({ code: "EVENT_UNKNOWN" }),
    );
  });

  test.each<[string, Uint8Array, string, string]>([
    ["an unknown code", listed([999, 1, "a"]), "EVENT_UNKNOWN", "event code 999"],
    ["no version", listed([21, "1", "a"]), "EVENT_UNKNOWN", "event code 21"],
    [
      "a newer version",
      listed([21, 2, "a", "k", 1, "w"]),
      "EVENT_UNREADABLE",
      "version 2, and this Millrace knows versions up to 1",
    ],
    ["another shape", listed([21, 1, "a", "k", 0, "w"]), "EVENT_UNREADABLE", "does not have its shape"],
    ["too few values", listed([21, 1, "a"]), "EVENT_UNREADABLE", "does not have its shape"],
    [
      "no list",
      Buffer.concat([Buffer.alloc(6), encodeValue("text")]),
      "EVENT_UNREADABLE",
      "it is not a list",
    ],
    ["too few bytes", Buffer.alloc(3), "EVENT_UNREADABLE", "the entry is damaged"],
    [
      "bytes that are cut off",
      stored(started, "worker:w1").subarray(0, 12),
      "EVENT_UNREADABLE",
      "Event 7 of run r1",
    ],
  ])("%s is an error that names the run and the position", (_what, entry, code, text) => {
    expect(() => decodeEvent(entry, place)).toThrowError(
      expect.objectContaining({
        code,
        message: expect.stringMatching(new RegExp(`^Event 7 of run r1.*${text}|${text}`, "s")),
        details: { run: "r1", position: 7 },
      }),
    );
  });

  test("damaged bytes never give anything but an error of ours, or an event of the right shape", () => {
    const whole = stored(
      TaskScheduled.make({
        key: "a#1",
        name: "a",
        queue: null,
        input: new Uint8Array(9),
        fingerprint: 3,
        after: -1,
        site: "f.ts:1",
        overrides: null,
        rules: null,
      }),
      "worker:w1",
    );
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const damaged = Buffer.from(whole);
        damaged[at] = byte;
        try {
          const { type, data } = decodeEvent(damaged, place);
          expect(definitionByType.get(type)?.schema.safeParse(data).success).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ name: "EngineError" });
        }
      }),
      { numRuns: 500 },
    );
  });

  test("a damaged value names what it is", () => {
    expect(() =>
      decodeValue(encodeValue(["a", { b: 1 }]).subarray(0, 4), "The result of task a#1"),
    ).toThrowError(
      expect.objectContaining({ code: "EVENT_UNREADABLE", details: { what: "The result of task a#1" } }),
    );
  });
});

function listed(list: unknown[]): Uint8Array {
  return Buffer.concat([Buffer.alloc(6), encodeValue(list)]);
}

describe("the catalog", () => {
  test("codes and types are never used twice, and every event says what it is about", () => {
    expect(definitionByCode.size).toBe(catalog.length);
    expect(definitionByType.size).toBe(catalog.length);
    for (const { about } of catalog) expect(about).toMatch(/^[A-Z].*\.$/s);
  });

  test("types, codes, versions and fields stand in every log ever written", () => {
    expect(
      catalog.map(({ type, code, version, fields }) => `${code} ${type} v${version}: ${fields.join(", ")}`),
    ).toMatchInlineSnapshot(`
      [
        "1 RunCreated v2: flow, name, input, queue, tags, root, createdAt, source, traceparent, links, startAt, idempotencyKey",
        "2 RunStarted v1: input",
        "3 RunCompleted v1: output, name, message",
        "4 RunFailed v1: error, name, message",
        "5 RunCancelled v1: name, message",
        "6 RunCrashed v1: message",
        "7 RunBlocked v1: code, message, turn, codeHash",
        "8 RunUnblocked v1: reason",
        "9 OwnerLost v1: worker, epoch",
        "11 RunCancelRequested v1: reason",
        "12 RunAttemptFailed v1: attempt, maxAttempts, error, retryAt",
        "13 RunReopened v1: attempt, reason",
        "14 RunContinued v1: run, input",
        "15 RunForked v1: run, position",
        "19 RunPostponed v1: input, startAt",
        "16 RunPaused v1: reason",
        "17 RunResumed v1: reason",
        "10 TurnTaken v1: n, epoch, elapsedMs, codeHash, flags, delivered, done",
        "20 TaskScheduled v2: key, name, queue, input, fingerprint, after, site, overrides, rules",
        "21 TaskStarted v1: key, attempt, worker",
        "22 TaskCompleted v1: key, attempt, output",
        "23 TaskFailed v1: key, attempt, error, name",
        "24 TaskAttemptFailed v2: key, attempt, maxAttempts, error, retryAt, heartbeat",
        "25 TaskCrashed v2: key, attempt, worker, heartbeat",
        "26 TaskReused v1: key, output, from, run, of",
        "30 TimerStarted v1: key, ms, after, site",
        "31 TimerFired v1: key",
        "40 SignalAwaited v1: key, name, after, site, form, prompt",
        "41 SignalReceived v1: name, id, payload",
        "42 UpdateRequested v1: name, id, input",
        "43 UpdateAnswered v1: key, after, output, error",
        "50 ChildScheduled v1: key, run, flow, name, queue, input, fingerprint, onClose, after, site",
        "51 ChildEnded v1: key, run, state, name, message, output, error",
        "60 CallCancelled v1: key, after, reason",
        "61 PatchMarked v1: key, after",
        "62 CallReused v1: key, position",
      ]
    `);
  });
});

describe("older versions of an event", () => {
  // v1 counted from 0 and had no worker; v2 named it "by"; v3 is the one of today.
  const Begun = defineEvent("Begun", {
    code: 900,
    about: "A test.",
    data: z.object({ key: z.string(), attempt: z.int().positive(), worker: z.string() }),
    upcasts: [
      {
        fields: ["key", "attempt"],
        up: (v1) => ({ ...v1, attempt: Number(v1["attempt"]) + 1, by: "unknown" }),
      },
      { fields: ["key", "attempt", "by"], up: ({ by, ...rest }) => ({ ...rest, worker: by }) },
    ],
  });

  test("the version counts the upcasts", () => {
    expect(Begun.version).toBe(3);
    expect(Begun.toValues({ key: "a#1", attempt: 1, worker: "w" })).toEqual(["a#1", 1, "w"]);
  });

  test("are read as the newest one", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(1_000), fc.string(), (key, attempt, worker) => {
        expect(Begun.read(1, [key, attempt])).toEqual({ key, attempt: attempt + 1, worker: "unknown" });
        expect(Begun.read(2, [key, attempt + 1, worker])).toEqual({ key, attempt: attempt + 1, worker });
        expect(Begun.read(3, [key, attempt + 1, worker])).toEqual({ key, attempt: attempt + 1, worker });
      }),
    );
  });

  test("a newer one is left to newer workers", () => {
    expect(() => Begun.read(4, [])).toThrowError(
      expect.objectContaining({ code: "EVENT_UNREADABLE", details: { type: "Begun", version: 4, known: 3 } }),
    );
  });
});
