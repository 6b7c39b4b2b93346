import { EngineError } from "../../src/base/errors.ts";
import { recordError } from "../../src/base/recorded-error.ts";
import type { RunLogger } from "../../src/sdk/context.ts";
import type { Clock } from "../../src/workers/clock.ts";
import { OtherRuns } from "../../src/workers/other-runs.ts";
import { patientPayloads } from "../../src/workers/patient-log.ts";
import type { RunPorts, TaskHint } from "../../src/workers/run-ports.ts";
import { SharedResults } from "../../src/workers/shared-results.ts";
import { simCache } from "./sim-cache.ts";
import { doneAfter, type SimMail, type SimWorld } from "./sim-world.ts";

export const silentLog: RunLogger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

interface PortsOptions {
  readonly id: string;
  readonly world: SimWorld;
  readonly skewMs: number;
  readonly mail: SimMail;
  readonly onInlineChild: (run: string) => void;
  readonly onTrouble: (error: unknown) => void;
}

/** Ports whose every call is a step of the world: it happens when the scheduler picks it. */
export function simPorts({ id, world, skewMs, mail, onInlineChild, onTrouble }: PortsOptions): {
  readonly ports: RunPorts;
  readonly shared: SharedResults; // for queued tasks
  readonly others: OtherRuns;
} {
  const { log, payloads } = world;
  const step = async <T>(label: string, execute: () => Promise<T>): Promise<T> =>
    world.step(id, label, execute);
  const clock: Clock = {
    now: () => world.now + skewMs,
    after: (ms, wake) => world.after(id, ms, wake),
    drain: (done) => {
      void doneAfter(
        step("drain", async () => undefined),
        done,
      );
    },
    chance: () => world.random.next(),
  };
  const shared: Pick<RunPorts, "log" | "payloads"> = {
    log: {
      create: async (create) => step(`log.create ${create.run}`, async () => log.create(create)),
      commit: async (commit) =>
        step(`log.commit ${commit.after} ${commit.run} ${commit.events.length}`, async () =>
          log.commit(commit),
        ),
      append: async (fact) => step(`log.append ${fact.run} ${fact.dedupeKey}`, async () => log.append(fact)),
      claim: async (run, worker, options) => {
        const call = log.newCall();
        return step(`log.claim ${run}`, async () => log.claimAs(run, worker, options, call));
      },
      reopen: async (reopen) => step("log.reopen", async () => log.reopen(reopen)),
      leave: async (run) => step("log.leave", async () => log.leave(run)),
      readAfter: async (run, seen) => step(`log.readAfter ${run}`, async () => log.readAfter(run, seen)),
    },
    payloads: {
      put: async (run, bytes, what) => step("payloads.put", async () => payloads.put(run, bytes, what)),
      get: async (run, list) => step("payloads.get", async () => payloads.get(run, list)),
    },
  };
  const cache = simCache(world, step);
  const hint = async (label: string, give: () => void): Promise<void> =>
    step(`hint ${label}`, async () => give());
  const others = otherRuns(world, id, { ...shared, hintRun: async (run) => hint(run, () => mail.run(run)) });
  others.onInlineChild = onInlineChild;
  const ports: RunPorts = {
    worker: id,
    ...shared,
    clock,
    hintTasks: async (hints: readonly TaskHint[]) => hint("tasks", () => mail.tasks(hints)),
    startChild: async (child, how) => others.startChild(child, how),
    cancelRun: async (run, reason) => others.cancelRun(run, reason),
    cancelTasks: () => undefined,
    newRunId: () => world.newRunId(),
    cache,
    observe: () => undefined,
    write: () => undefined,
  };
  const patience = { clock, stop: new AbortController().signal, onTrouble };
  const patient = patientPayloads(shared.payloads, patience);
  return { ports, others, shared: new SharedResults({ ...patience, cache, worker: id, payloads: patient }) };
}

/** What a process does to other runs; the names of runs are read from the log at once. */
export function otherRuns(
  world: SimWorld,
  worker: string,
  {
    log,
    payloads,
    hintRun,
  }: Pick<RunPorts, "log" | "payloads"> & { hintRun: (run: string) => Promise<void> },
): OtherRuns {
  const created = (run: string) => {
    const [first] = world.log.peek(run);
    return first?.type === "RunCreated" ? first.data : null;
  };
  return new OtherRuns({
    actor: `worker:${worker}`,
    log,
    payloads,
    queues: { hintRun: async ({ run }) => hintRun(run) },
    infos: {
      hintFor: async (run, cause) => {
        const data = created(run);
        return data === null ? null : { run, flow: data.flow, queue: data.queue, cause };
      },
    },
    clock: { now: () => world.now },
  });
}

/** The error of a connection that broke. */
export function unavailable(): EngineError {
  return new EngineError("REDIS_UNAVAILABLE", "Simulated.", { name: recordError(new Error("gone")).name });
}
