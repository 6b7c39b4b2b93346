import type { Event } from "../../src/events/catalog.ts";
import { encodeValue } from "../../src/events/codec.ts";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import { RunCancelRequested } from "../../src/events/run-events.ts";
import { SignalReceived } from "../../src/events/signal-events.ts";
import { signalNames } from "./programs.ts";
import type { SimMail, SimWorld } from "./sim-world.ts";

/** People and programs outside: they send signals, early, late and twice, and want runs to end. */
export class SimVisitors {
  readonly #world: SimWorld;
  readonly #mail: SimMail;
  #signals: number; // that are sent though nobody may wait for them
  #cancels: number;
  #sent = 0;

  constructor(world: SimWorld, mail: SimMail) {
    this.#world = world;
    this.#mail = mail;
    this.#signals = world.random.pick([0, 1, 3, 6]);
    this.#cancels = world.random.pick([0, 0, 0, 1, 1, 2]);
  }

  /** Whatever they like, whenever they like. */
  async act(): Promise<void> {
    const { random, log } = this.#world;
    if (this.#signals > 0 && random.isHit(0.02)) {
      this.#signals -= 1;
      const runs = this.#world.runs.filter((run) => log.shard.open.has(run));
      if (runs.length > 0) await this.#signal(random.pick(runs), random.pick(signalNames));
    }
    if (this.#cancels > 0 && random.isHit(0.015)) await this.#cancel();
  }

  /** Nothing else can happen: runs that wait for a signal get one. */
  async help(): Promise<void> {
    for (const run of this.#world.runs) {
      if (!this.#world.log.shard.open.has(run)) continue;
      for (const name of signalNames)
        if (isMissing(this.#world.log.peek(run), name)) await this.#signal(run, name);
    }
  }

  async #cancel(): Promise<void> {
    const { random, log, run: root } = this.#world;
    const open = this.#world.runs.filter((run) => log.shard.open.has(run));
    if (open.length === 0) return;
    this.#cancels -= 1;
    const run = open.includes(root) && random.isHit(0.6) ? root : random.pick(open);
    const reason = random.isHit(0.8) ? `stop ${this.#cancels}` : null;
    await this.#append(
      run,
      RunCancelRequested.make({ reason }),
      random.isHit(0.5) ? "cancel" : `cancel ${reason ?? ""}`,
    );
  }

  async #signal(run: string, name: string): Promise<void> {
    this.#sent += 1;
    const id = `s${this.#sent}`;
    const event = SignalReceived.make({ name, id, payload: encodeValue("x".repeat(this.#sent % 3)) });
    await this.#append(run, event, `signal ${id}`);
    if (this.#world.random.isHit(0.2)) await this.#append(run, event, `signal ${id}`); // an answer got lost
  }

  async #append(run: string, event: Event, dedupeKey: string): Promise<void> {
    this.#world.note(`visitor: ${event.type} to ${run}`);
    const fact = { seen: -1, wakeInMs: 0, attempt: null, unblock: false };
    const { status, owner } = await this.#world.log.append({
      ...fact,
      run,
      actor: "client:visitor",
      events: [event],
      dedupeKey,
    });
    if (status === "ok" && owner === "") this.#mail.run(run);
  }
}

/** Somebody waits for the signal, and none is on its way. */
export function isMissing(events: readonly RecordedEvent[], name: string): boolean {
  const waiting = new Set<string>();
  const onTheWay = new Set<number>();
  for (const event of events) {
    if (event.type === "SignalAwaited" && event.data.name === name) waiting.add(event.data.key);
    else if (event.type === "CallCancelled" || event.type === "CallReused") waiting.delete(event.data.key);
    else if (event.type === "RunAttemptFailed") waiting.clear();
    else if (event.type === "SignalReceived" && event.data.name === name) onTheWay.add(event.position);
    else if (event.type === "TurnTaken") {
      const given = event.data.delivered.filter((mark) => onTheWay.delete(mark));
      for (const key of [...waiting].slice(0, given.length)) waiting.delete(key);
    }
  }
  return waiting.size > 0 && onTheWay.size === 0;
}
