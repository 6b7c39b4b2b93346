import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { AttemptAbort } from "../../../src/workers/attempt-abort.ts";

const listeners = ({ signal }: AbortController): number => getEventListeners(signal, "abort").length;

describe("the AbortSignal of an attempt", () => {
  test("listens to what is around it until the attempt has ended", () => {
    const outer = new AbortController();
    const abort = new AttemptAbort(outer);

    expect(listeners(outer)).toBe(0);
    const { signal } = abort;
    expect(listeners(outer)).toBe(1);
    abort.close();

    expect(listeners(outer)).toBe(0);
    expect(signal.aborted).toBe(false);
  });

  test("that is looked at first when the attempt has ended, leaves nothing behind", () => {
    const outer = new AbortController();
    const abort = new AttemptAbort(outer);
    abort.close();

    expect(abort.signal.aborted).toBe(false);
    expect(listeners(outer)).toBe(0);
  });

  test("says after the end, too, that the attempt was aborted", () => {
    const outer = new AbortController();
    const own = new AttemptAbort(outer);
    own.abort(new Error("It is over time."));
    own.close();
    outer.abort(new Error("The worker stops."));

    expect(own.signal.reason).toEqual(new Error("It is over time."));
    expect(own.reason).toEqual(new Error("It is over time."));
    expect(new AttemptAbort(outer).signal.reason).toEqual(new Error("The worker stops."));
    expect(new AttemptAbort(outer).reason).toBeNull();
  });
});
