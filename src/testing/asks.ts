import type { Event } from "../events/catalog.ts";
import { decodeValue } from "../events/codec.ts";
import type { Payload } from "../events/fields.ts";

/** Something that a flow asks for, and waits for. */
export interface Ask {
  readonly kind: "task" | "timer" | "signal" | "child";
  readonly key: string; // "charge#1"
  readonly name: string; // of the task, the signal, the flow; "sleep" for a timer
  readonly args: readonly unknown[]; // of the task; the input of the flow; the milliseconds of a timer
}

/** What an event says that the flow asks for; null = nothing. */
export function askOf(event: Event): Ask | null {
  switch (event.type) {
    case "TaskScheduled": {
      const { key, name, input } = event.data;
      const args = decoded(input, key);
      return { kind: "task", key, name, args: Array.isArray(args) ? args : [] };
    }
    case "TimerStarted":
      return { kind: "timer", key: event.data.key, name: "sleep", args: [event.data.ms] };
    case "SignalAwaited":
      return { kind: "signal", key: event.data.key, name: event.data.name, args: [] };
    case "ChildScheduled": {
      const { key, flow, input } = event.data;
      return { kind: "child", key, name: flow, args: [decoded(input, key)] };
    }
    default:
      return null;
  }
}

function decoded(payload: Payload, key: string): unknown {
  // Values of any size are inline here, but for those of a history that somebody brought along.
  return payload instanceof Uint8Array ? decodeValue(payload, `The arguments of ${key}`) : [];
}
