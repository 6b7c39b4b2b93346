import { CallCancelled, CallReused, PatchMarked } from "../../src/events/call-events.ts";
import { ChildEnded, ChildScheduled } from "../../src/events/child-events.ts";
import { encodeValue } from "../../src/events/codec.ts";
import { RunAttemptFailed, RunCancelRequested, RunPaused, RunResumed } from "../../src/events/run-events.ts";
import {
  SignalAwaited,
  SignalReceived,
  UpdateAnswered,
  UpdateRequested,
} from "../../src/events/signal-events.ts";
import { TaskReused } from "../../src/events/task-events.ts";
import { failure, type HistoryByHand } from "./history-by-hand.ts";

/** What happens in a run besides tasks and sleeps. */
export const moreDeeds = [
  "await a signal",
  "ask a person",
  "signal",
  "call a flow",
  "end a child",
  "pause",
  "resume",
  "cancel",
  "give up",
  "reuse",
  "find in the cache",
  "patch",
  "update",
  "answer",
  "fail the attempt",
] as const;
export type MoreDeed = (typeof moreDeeds)[number];

type CallDeed = Exclude<
  MoreDeed,
  "await a signal" | "ask a person" | "signal" | "patch" | "pause" | "resume" | "cancel" | "fail the attempt"
>;

/** Those that are part of a turn. */
export const asks: ReadonlySet<string> = new Set<MoreDeed>([
  "await a signal",
  "ask a person",
  "call a flow",
  "give up",
  "patch",
  "answer",
]);

export function isMoreDeed(what: string): what is MoreDeed {
  return moreDeeds.some((deed) => deed === what);
}

interface Details {
  readonly which: number;
  readonly ms: number;
  readonly key: string | null; // of the newest open task; null = there is none
}

/** Writes such deeds into a history. */
export class OtherDeeds {
  readonly #history: HistoryByHand;
  #count = 0;
  #attempt = 1;
  #children: string[] = [];
  #updates: string[] = [];
  #facts: number[] = [];

  constructor(history: HistoryByHand) {
    this.#history = history;
  }

  /** Positions of facts since the last time. */
  takeFacts(): readonly number[] {
    const facts = this.#facts;
    this.#facts = [];
    return facts;
  }

  tell(what: MoreDeed, { which, ms, key }: Details): void {
    const name = ["approval", "stock"][which % 2]!;
    this.#count += 1;
    const id = `${name}#${this.#count}`;
    switch (what) {
      case "await a signal":
        this.#wait(name, null, ms);
        break;
      case "ask a person":
        this.#wait(name, `${name}?`, ms);
        break;
      case "signal":
        this.#fact(SignalReceived.make({ name, id, payload: encodeValue(which) }), ms);
        break;
      case "patch":
        this.#history.add(PatchMarked.make({ key: name, after: -1 }), { ms });
        break;
      case "pause":
        this.#history.add(RunPaused.make({ reason: which > 2 ? "look first" : null }), { ms });
        break;
      case "resume":
        this.#history.add(RunResumed.make({ reason: null }), { ms });
        break;
      case "cancel":
        this.#fact(RunCancelRequested.make({ reason: which > 2 ? "enough" : null }), ms);
        break;
      case "fail the attempt":
        this.#failAttempt(ms);
        break;
      default:
        this.#tellCall(what, { which, ms, key });
    }
  }

  #tellCall(what: CallDeed, { which, ms, key }: Details): void {
    if (what === "call a flow" || what === "end a child") this.#child(what, which, ms);
    else if (what === "update" || what === "answer") this.#update(what, "stock", ms);
    else if (key !== null) this.#settle(what, key, ms);
  }

  #wait(name: string, prompt: string | null, ms: number): void {
    const asked = { key: `${name}#${this.#count}`, after: -1, site: null };
    this.#history.add(SignalAwaited.make({ ...asked, name, form: null, prompt }), { ms });
  }

  #fact(event: Parameters<HistoryByHand["add"]>[0], ms: number): void {
    this.#history.add(event, { ms, by: "client:c1" });
    this.#facts.push(this.#history.position);
  }

  #child(what: "call a flow" | "end a child", which: number, ms: number): void {
    const key = `kid#${this.#count}`;
    if (what === "call a flow") {
      this.#children.push(key);
      const call = { key, run: `run-of-${key}`, flow: "kid", name: null, queue: null, fingerprint: 1 };
      const rest = { input: encodeValue(1), onClose: "cancel", after: -1, site: null } as const;
      this.#history.add(ChildScheduled.make({ ...call, ...rest }), { ms });
      return;
    }
    const ended = this.#children.shift();
    if (ended === undefined) return;
    const state = which % 2 === 0 ? "COMPLETED" : "FAILED";
    const outcome = { state, name: "Named", message: null, output: null, error: null } as const;
    this.#fact(ChildEnded.make({ key: ended, run: `run-of-${ended}`, ...outcome }), ms);
  }

  #update(what: "update" | "answer", name: string, ms: number): void {
    const id = `u${this.#count}`;
    if (what === "update") {
      this.#updates.push(id);
      this.#fact(UpdateRequested.make({ name, id, input: encodeValue(1) }), ms);
      return;
    }
    const key = this.#updates.shift();
    const error = ms % 2 === 0 ? failure("no") : null;
    if (key !== undefined)
      this.#history.add(UpdateAnswered.make({ key, after: -1, output: null, error }), { ms });
  }

  #failAttempt(ms: number): void {
    const retryAt = this.#history.now + ms + 10;
    const data = { attempt: this.#attempt, maxAttempts: 99, error: failure("again"), retryAt };
    this.#history.add(RunAttemptFailed.make(data), { ms: 0 });
    this.#attempt += 1;
    this.#children = [];
  }

  #settle(what: "give up" | "reuse" | "find in the cache", key: string, ms: number): void {
    if (what === "give up")
      this.#history.add(CallCancelled.make({ key, after: -1, reason: "lost the race" }), { ms });
    else if (what === "reuse") this.#fact(CallReused.make({ key, position: 1 }), ms);
    else
      this.#fact(
        TaskReused.make({ key, output: encodeValue(1), from: "cache", run: "r0", of: "load#1" }),
        ms,
      );
  }
}
