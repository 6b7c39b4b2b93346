import { describe, expect, test } from "vitest";
import { isEngineError } from "../../../src/base/errors.ts";
import { encodeEvent } from "../../../src/events/codec.ts";
import { decodeBodies } from "../../../src/redis/decode-bodies.ts";
import { created, taskDone, turn } from "../../support/log-suite-events.ts";

const time = Buffer.from("018bcfe56800", "hex"); // 1,700,000,000,000
const body = (event: Parameters<typeof encodeEvent>[0], actor: string | null): Buffer =>
  Buffer.concat([time, encodeEvent(event, actor)]);

describe("bodies of a run", () => {
  test("become events at the positions after `seen`, each with the actor of its commit", () => {
    const bodies = [body(turn(1), "worker:a"), body(turn(2), null), body(taskDone("t"), "worker:b")];

    const events = decodeBodies("r1", 4, bodies);

    expect(events.map(({ position, actor, type }) => [position, actor, type])).toEqual([
      [5, "worker:a", "TurnTaken"],
      [6, "worker:a", "TurnTaken"],
      [7, "worker:b", "TaskCompleted"],
    ]);
    expect(events.every(({ recordedAt, run }) => recordedAt === 1_700_000_000_000 && run === "r1")).toBe(
      true,
    );
  });

  test.each([
    ["RunCreated", body(created(), "client:x")],
    ["TurnTaken", body(turn(3), "worker:a")],
    ["TaskCompleted", body(taskDone("extract#1", { rows: [1, 2, 3], ok: true }), "worker:a")],
  ])(
    "with a damaged byte in %s are an event, or an error that names it; never anything else",
    (_type, whole) => {
      for (let index = time.length; index < whole.length; index += 1) {
        for (const mask of [0x01, 0x80, 0xff]) {
          const damaged = Buffer.from(whole);
          damaged.writeUInt8(damaged.readUInt8(index) ^ mask, index);
          expect(verdict(damaged)).toBe("fine");
        }
      }
    },
  );

  test("that were cut short are an error that names the event", () => {
    const whole = body(taskDone("extract#1", "done"), "worker:a");

    for (let length = 0; length < whole.length; length += 1) {
      expect(() => decodeBodies("r1", 6, [whole.subarray(0, length)])).toThrow(/Event 7 of run r1/);
    }
  });
});

function verdict(damaged: Buffer): string {
  try {
    const [event] = decodeBodies("r1", 6, [damaged]);
    return event?.position === 7 ? "fine" : "no event";
  } catch (error) {
    const isOurs = isEngineError(error, "EVENT_UNREADABLE") || isEngineError(error, "EVENT_UNKNOWN");
    return isOurs && error.message.includes("Event 7 of run r1") ? "fine" : String(error);
  }
}
