import { queueOfRun } from "../engine/pinned-queue.ts";
import type { CreateRun, RunLog } from "../engine/run-log.ts";
import type { Event } from "../events/catalog.ts";
import { isType, type RecordedEvent } from "../events/envelope.ts";
import { RunCancelRequested, RunCreated } from "../events/run-events.ts";
import { SignalReceived } from "../events/signal-events.ts";
import { tailLength } from "../redis/read-tail.ts";
import type { Clock } from "./clock.ts";
import { friendlyName } from "./ids.ts";
import type { Queues } from "./queues.ts";
import type { RunInfos } from "./run-infos.ts";
import type { ChildStart, RunPorts } from "./run-ports.ts";
import { cancelKey, type NextRun, tellOthers } from "./tell-others.ts";

interface OtherRunsOptions {
  readonly actor: string; // "worker:<id>", or a client that finds something undone
  readonly log: RunLog;
  readonly payloads: RunPorts["payloads"];
  readonly queues: Pick<Queues, "hintRun">;
  readonly infos: Pick<RunInfos, "hintFor">;
  readonly clock: Pick<Clock, "now">;
}

/** What a process does to other runs for a run of its own: makes children, cancels them, tells of its end. */
export class OtherRuns {
  readonly #options: OtherRunsOptions;
  readonly #actor: string;
  onInlineChild: (run: string) => void = () => undefined; // this process is to run it, if nobody has it
  onQueuedChild: (flow: string) => void = () => undefined; // somebody is to serve the runs of this flow

  constructor(options: OtherRunsOptions) {
    this.#options = options;
    this.#actor = options.actor;
  }

  /** Makes a child, and sees to it that somebody runs it; safe to ask twice. */
  async startChild(child: ChildStart, how: "first" | "again"): Promise<void> {
    const { run, flow, parent, root, input, traceparent } = child;
    const queue = queueOfRun(flow, child.queue ?? flow.queue);
    await this.#create(run, {
      flow: flow.name,
      name: child.name ?? friendlyName(run),
      input,
      queue,
      tags: [...flow.tags],
      root,
      source: null,
      traceparent,
      links: { parent, continuedFrom: null, forkedFrom: null },
    });
    if (how === "again") await this.tellOthers(run); // it may have ended, and its parent was not told
    if (child.queue === null) this.onInlineChild(run);
    else {
      this.onQueuedChild(flow.name);
      await this.#options.queues.hintRun({ run, flow: flow.name, queue, cause: "start" });
    }
  }

  /** Asks another run to end, or the one that carries it on. */
  async cancelRun(run: string, reason: string): Promise<void> {
    const { log } = this.#options;
    const { status, owner, position } = await log.append({
      run,
      actor: this.#actor,
      events: [RunCancelRequested.make({ reason })],
      dedupeKey: cancelKey, // once: a second one would end its cleanup
      seen: -1,
      wakeInMs: 0,
      attempt: null,
      unblock: false,
    });
    if (status === "ok" && owner === "") await this.#hintRun(run, String(position));
    const next = status === "closed" ? await successorOf(log, run, position) : null;
    if (next === null) return;
    if ((await log.readAfter(next, 0)).length === 0) await this.tellOthers(run); // whoever ended it died before that
    await this.cancelRun(next, reason);
  }

  /** Tells the end of a run to those whom it concerns; nothing when it is open. Safe to do twice. */
  async tellOthers(run: string): Promise<void> {
    const { log, payloads } = this.#options;
    await tellOthers(run, {
      log,
      payloads,
      actor: this.#actor,
      hintRun: async (other, cause) => this.#hintRun(other, cause),
      cancelRun: async (other, reason) => this.cancelRun(other, reason),
      startChild: async (scheduled, parent) => this.#startLeft(scheduled, parent),
      startNext: async (next) => this.#startNext(next),
    });
  }

  /** A child that goes its own way; its parent called it and ended. */
  async #startLeft(
    { run: parent, data }: RecordedEvent<"ChildScheduled">,
    { data: created }: RecordedEvent<"RunCreated">,
  ): Promise<void> {
    const { run, key, flow, name, input } = data;
    const queue = data.queue ?? created.queue;
    await this.#create(run, {
      flow,
      name: name ?? friendlyName(run),
      input,
      queue,
      tags: [],
      root: created.root ?? parent,
      source: null,
      traceparent: created.traceparent,
      links: { parent: { run: parent, key }, continuedFrom: null, forkedFrom: null },
    });
    this.onQueuedChild(flow);
    await this.#options.queues.hintRun({ run, flow, queue, cause: "start" });
  }

  /** With the signals that its predecessor was sent and did not receive: they are in its log from the start. */
  async #startNext({ run, from, input, unheard, known }: NextRun): Promise<void> {
    const { flow, queue, name, tags, root, source, traceparent, links } = from.data;
    const shared = { flow, name, queue, tags, root, source, traceparent };
    await this.#create(
      run,
      {
        ...shared,
        input,
        links: { parent: links?.parent ?? null, continuedFrom: from.run, forkedFrom: null },
      },
      { events: await Promise.all(unheard.map(async (signal) => this.#handOn(signal, run))), known },
    );
    await this.#options.queues.hintRun({ run, flow, queue, cause: "start" });
  }

  async #handOn({ run: from, data }: RecordedEvent<"SignalReceived">, to: string): Promise<Event> {
    const { payloads } = this.#options;
    const [bytes] = await payloads.get(from, [data.payload]);
    const what = `The payload of signal ${data.name}`;
    const payload = await payloads.put(to, bytes ?? new Uint8Array(), what, null); // values lie with their run
    return SignalReceived.make({ ...data, payload });
  }

  async #create(
    run: string,
    data: Omit<RecordedEvent<"RunCreated">["data"], "createdAt" | "startAt" | "idempotencyKey">,
    more: Pick<CreateRun, "events" | "known"> = { events: [] },
  ): Promise<void> {
    const { clock } = this.#options;
    const created = RunCreated.make({ ...data, createdAt: clock.now(), startAt: null, idempotencyKey: null });
    const shared = { run, actor: this.#actor, ...more, events: [created, ...more.events] };
    await this.#options.log.create({ ...shared, owner: null, ends: false, dueInMs: null });
  }

  async #hintRun(run: string, cause: string): Promise<void> {
    const { infos, queues } = this.#options;
    const hint = await infos.hintFor(run, cause);
    if (hint !== null) await queues.hintRun(hint);
  }
}

/** The run that an ended run goes on as, `position` being its last event; null = it does not. */
export async function successorOf(
  log: Pick<RunLog, "readAfter">,
  run: string,
  position: number,
): Promise<string | null> {
  const tail = await log.readAfter(run, Math.max(0, position - tailLength));
  return tail.findLast((event) => isType(event, "RunContinued"))?.data.run ?? null;
}
