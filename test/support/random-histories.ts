import * as fc from "fast-check";
import { encodeValue } from "../../src/events/codec.ts";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import {
  OwnerLost,
  RunBlocked,
  RunCancelled,
  RunCompleted,
  RunCrashed,
  RunFailed,
  RunStarted,
  RunUnblocked,
} from "../../src/events/run-events.ts";
import {
  TaskAttemptFailed,
  TaskCompleted,
  TaskCrashed,
  TaskFailed,
  TaskStarted,
} from "../../src/events/task-events.ts";
import { TimerFired } from "../../src/events/timer-events.ts";
import { failure, HistoryByHand } from "./history-by-hand.ts";
import { asks, isMoreDeed, type MoreDeed, moreDeeds, OtherDeeds } from "./random-other-deeds.ts";

/** What happens next in a run; a deed that is impossible at that point does nothing. */
interface Deed {
  readonly what:
    | "call"
    | "submit"
    | "sleep"
    | "start"
    | "retry"
    | "crash"
    | "complete"
    | "fail"
    | "fire"
    | "lose"
    | "block"
    | MoreDeed;
  readonly which: number;
  readonly ms: number;
}

type End = "open" | "completed" | "failed" | "timed out" | "cancelled" | "crashed" | "refused";

const deed: fc.Arbitrary<Deed> = fc.record({
  what: fc.constantFrom(
    "call",
    "submit",
    "sleep",
    "start",
    "retry",
    "crash",
    "complete",
    "fail",
    "fire",
    "lose",
    "block",
    ...moreDeeds,
  ),
  which: fc.nat(5),
  ms: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(100_000)), // often the same instant
});
const end: fc.Arbitrary<End> = fc.constantFrom(
  "open",
  "completed",
  "failed",
  "timed out",
  "cancelled",
  "crashed",
  "refused",
);

/** A history of one run that an engine could have written. */
export function randomHistory(maxDeeds = 25): fc.Arbitrary<(run: string) => readonly RecordedEvent[]> {
  return fc.tuple(fc.constantFrom("orders", "invoices"), fc.array(deed, { maxLength: maxDeeds }), end).map(
    ([flow, deeds, end]) =>
      (run: string) =>
        new Story(run, flow).tell(deeds, end),
  );
}

interface OpenTask {
  readonly key: string;
  readonly isQueued: boolean;
  attempt: number;
  isBegun: boolean;
}

class Story {
  readonly #history: HistoryByHand;
  #tasks: OpenTask[] = [];
  #timers: string[] = [];
  #facts: number[] = []; // positions that no turn has delivered
  #calls = 0;
  readonly #others: OtherDeeds;
  #epoch = 1;

  constructor(run: string, flow: string) {
    this.#history = new HistoryByHand(run).created(flow, { input: run.length });
    this.#others = new OtherDeeds(this.#history);
  }

  tell(deeds: readonly Deed[], end: End): readonly RecordedEvent[] {
    if (end !== "refused") {
      this.#history.turn();
      this.#history.add(RunStarted.make({ input: null }));
      for (const deed of deeds) this.#do(deed);
    }
    this.#end(end);
    return this.#history.events;
  }

  #do({ what, which, ms }: Deed): void {
    const task = this.#tasks[which % Math.max(1, this.#tasks.length)];
    if (what === "call" || what === "submit" || what === "sleep") this.#ask(what, which, ms);
    else if (what === "lose") this.#lose(ms);
    else if (what === "block") this.#block(ms);
    else if (what === "fire") this.#fire(ms);
    else if (isMoreDeed(what)) this.#more(what, which, ms);
    else if (task !== undefined) this.#work(task, what, ms);
  }

  #more(what: MoreDeed, which: number, ms: number): void {
    if (what === "fail the attempt") {
      this.#turn(true, ms);
      [this.#tasks, this.#timers] = [[], []];
    } else if (asks.has(what)) this.#turn(false, ms);
    this.#others.tell(what, { which, ms, key: this.#tasks.at(-1)?.key ?? null });
    if (what === "give up" || what === "reuse" || what === "find in the cache") this.#tasks.pop();
    this.#facts.push(...this.#others.takeFacts());
  }

  #turn(done: boolean, ms: number): void {
    this.#history.turn(this.#facts, { done, ms, epoch: this.#epoch });
    this.#facts = [];
  }

  #ask(what: "call" | "submit" | "sleep", which: number, ms: number): void {
    this.#turn(false, ms);
    this.#calls += 1;
    if (what === "sleep") {
      const key = `sleep#${this.#calls}`;
      this.#timers.push(key);
      this.#history.sleep(key, which * 100);
      return;
    }
    const key = `${["extract", "load", "check"][which % 3]}#${this.#calls}`;
    this.#history.task(key, { queue: what === "submit" ? "far" : null });
    this.#tasks.push({ key, isQueued: what === "submit", attempt: 1, isBegun: what === "call" });
  }

  #work(task: OpenTask, what: "start" | "retry" | "crash" | "complete" | "fail", ms: number): void {
    const { key, attempt, isBegun, isQueued } = task;
    const by = isQueued ? "worker:w2" : "worker:w1";
    if (what === "start") {
      if (!isBegun) this.#history.add(TaskStarted.make({ key, attempt, worker: "w2" }), { ms, by });
      task.isBegun = true;
    } else if (!isBegun || (what === "crash" && !isQueued)) {
      return;
    } else if (what === "retry" || what === "crash") {
      const next = { key, attempt };
      const event =
        what === "crash"
          ? TaskCrashed.make({ ...next, worker: "w2", heartbeat: null })
          : TaskAttemptFailed.make({
              ...next,
              maxAttempts: 99,
              error: failure("again"),
              retryAt: this.#history.now + ms + 50,
              heartbeat: null,
            });
      this.#history.add(event, { ms, by: what === "crash" ? "sweeper:w1" : by });
      task.attempt += 1;
      task.isBegun = !isQueued;
    } else {
      this.#settle(task, what, { ms, by });
    }
  }

  #settle(task: OpenTask, what: "complete" | "fail", when: { ms: number; by: string }): void {
    const { key, attempt } = task;
    const name = (["Failed", "TimedOut", "Crashed"] as const)[when.ms % 3]!;
    const event =
      what === "complete"
        ? TaskCompleted.make({ key, attempt, output: encodeValue(when.ms) })
        : TaskFailed.make({ key, attempt, error: failure("no"), name });
    this.#history.add(event, when);
    this.#facts.push(this.#history.position);
    this.#tasks = this.#tasks.filter((other) => other !== task);
  }

  #fire(ms: number): void {
    const [key] = this.#timers.splice(0, 1);
    if (key === undefined) return;
    this.#history.add(TimerFired.make({ key }), { ms });
    this.#facts.push(this.#history.position);
  }

  #lose(ms: number): void {
    this.#history.add(OwnerLost.make({ worker: "w1", epoch: this.#epoch }), { ms, by: "sweeper:w2" });
    this.#epoch += 1;
  }

  #block(ms: number): void {
    const data = { code: "E_INPUT", message: "They differ.", turn: 1, codeHash: "h2" };
    this.#history.add(RunBlocked.make(data), { ms });
    this.#history.add(RunUnblocked.make({ reason: null }), { ms, by: "client:c1" });
  }

  #end(end: End): void {
    const history = this.#history;
    if (end === "open") return;
    if (end === "crashed") {
      history.add(RunCrashed.make({ message: "It died too often." }), { by: "sweeper:w2" });
      return;
    }
    this.#turn(true, 1);
    const message = null;
    if (end === "completed")
      history.add(RunCompleted.make({ output: encodeValue(1), name: "Completed", message }));
    else if (end === "cancelled") history.add(RunCancelled.make({ name: "Cancelled", message }));
    else
      history.add(
        RunFailed.make({ error: failure(end), name: end === "timed out" ? "TimedOut" : "Failed", message }),
      );
  }
}
