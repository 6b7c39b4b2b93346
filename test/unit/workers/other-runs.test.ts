import { expect, test } from "vitest";
import type { Event } from "../../../src/events/catalog.ts";
import { encodeValue } from "../../../src/events/codec.ts";
import { RunCompleted, RunContinued, RunCreated } from "../../../src/events/run-events.ts";
import { SignalReceived } from "../../../src/events/signal-events.ts";
import { TurnTaken } from "../../../src/events/turn-events.ts";
import { otherRuns } from "../../support/sim-ports.ts";
import { SimRandom } from "../../support/sim-random.ts";
import { SimWorld } from "../../support/sim-world.ts";

const input = encodeValue(null);
const owner = { worker: "w1", epoch: 1 };

function created(continuedFrom: string | null): Event<"RunCreated"> {
  const about = {
    flow: "f",
    name: "n",
    input,
    queue: "q",
    tags: [],
    root: null,
    source: null,
    traceparent: null,
  };
  const links = { parent: null, continuedFrom, forkedFrom: null };
  return RunCreated.make({ ...about, createdAt: 0, links, startAt: null, idempotencyKey: null });
}

/** A run that was sent signals, ended as another one, and told nobody of it yet. */
async function continuedRun(signals: readonly string[] = [], from: string | null = null) {
  const world = new SimWorld(new SimRandom(1));
  const { log, payloads } = world;
  const others = otherRuns(world, "w2", { log, payloads, hintRun: async () => undefined });
  const first = { run: "first", actor: "worker:w1" };
  await log.create({ ...first, events: [created(from)], owner, ends: false, dueInMs: null });
  for (const id of signals) {
    const events = [SignalReceived.make({ name: "news", id, payload: input })];
    const fact = { ...first, events, dedupeKey: `signal ${id}`, seen: -1, wakeInMs: null, attempt: null };
    await log.append({ ...fact, unblock: false });
  }
  const turn = { n: 1, epoch: 1, elapsedMs: 0, codeHash: "h", flags: [], delivered: [], done: true };
  const end = RunCompleted.make({ output: input, name: "ContinuedAsNew", message: null });
  const events = [TurnTaken.make(turn), RunContinued.make({ run: "second", input }), end];
  await log.commit({
    ...first,
    events,
    owner,
    batch: 2,
    seen: Number.MAX_SAFE_INTEGER,
    after: "end",
    dueInMs: 0,
  });
  return { log, others };
}

const typesOf = (events: readonly { readonly type: string }[]): string[] => events.map(({ type }) => type);

test("a run is asked to end where it went on, though nobody has made that run yet", async () => {
  const { log, others } = await continuedRun();

  await others.cancelRun("first", "Its parent has ended.");
  await others.cancelRun("first", "Its parent has ended."); // another owner says so again

  expect(typesOf(log.eventsOf("second"))).toEqual(["RunCreated", "RunCancelRequested"]);
});

test("a run that carries others on knows what they were sent, and takes none of it twice", async () => {
  const { log, others } = await continuedRun(["early", "late"]);
  await others.tellOthers("first");

  const again = SignalReceived.make({ name: "news", id: "early", payload: input });
  const sending = { run: "second", actor: "client:c", events: [again], seen: -1, wakeInMs: 0, attempt: null };
  const { status } = await log.append({ ...sending, dedupeKey: "signal news early", unblock: false });

  expect(status).toBe("again");
  expect(typesOf(log.eventsOf("second"))).toEqual(["RunCreated", "SignalReceived", "SignalReceived"]);
});
