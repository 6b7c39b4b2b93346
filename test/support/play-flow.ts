import { expect } from "vitest";
import type { FlowSpec } from "../../src/engine/specs.ts";
import { decodeValue, encodeValue } from "../../src/events/codec.ts";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import { RunCancelRequested } from "../../src/events/run-events.ts";
import { SignalReceived } from "../../src/events/signal-events.ts";
import { flow, recordRun, type Visit } from "./record-flow.ts";
import { coldReplay } from "./sim-replay.ts";

/** A run that was lived once and replayed from nothing. */
export interface PlayedRun {
  readonly end: RecordedEvent;
  readonly output: unknown; // undefined when it did not complete
  readonly events: readonly RecordedEvent[];
  readonly types: readonly string[];
  readonly replayWith: (
    body: () => Promise<unknown>,
    events?: readonly RecordedEvent[],
  ) => ReturnType<typeof coldReplay>;
}

export function sends(name: string, payload: unknown, inMs = 0): Visit {
  const event = SignalReceived.make({
    name,
    id: `${name} ${String(payload)}`,
    payload: encodeValue(payload),
  });
  return { inMs, event };
}

export function cancels(inMs: number, reason: string | null = "enough"): Visit {
  return { inMs, event: RunCancelRequested.make({ reason }) };
}

/** Lives a flow, and replays it: the replay must do the same, after every commit. */
export async function play(body: () => Promise<unknown>, visits: readonly Visit[] = []): Promise<PlayedRun> {
  const spec = (of: () => Promise<unknown>): FlowSpec => flow("played", of).spec;
  const { events, payloads, boundaries } = await recordRun(spec(body), undefined, [], visits);
  for (const length of boundaries) {
    const { divergence } = await coldReplay(spec(body), events.slice(0, length), payloads);
    expect(divergence).toBeNull();
  }
  const end = events.at(-1)!;
  return {
    end,
    output:
      end.type === "RunCompleted" ? decodeValue(end.data.output as Uint8Array, "The result") : undefined,
    events,
    types: events.map(({ type }) => type),
    replayWith: async (other, part = events) => coldReplay(spec(other), part, payloads),
  };
}
