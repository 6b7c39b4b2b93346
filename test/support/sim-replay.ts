import { ReplayDiverged } from "../../src/engine/divergence.ts";
import type { FinalState } from "../../src/engine/final-state.ts";
import type { History } from "../../src/engine/history.ts";
import { readHistory } from "../../src/engine/read-history.ts";
import { replay } from "../../src/engine/replay.ts";
import type { PayloadStore, RunLog } from "../../src/engine/run-log.ts";
import type { FlowSpec } from "../../src/engine/specs.ts";
import { decodeValue } from "../../src/events/codec.ts";
import type { RecordedEvent } from "../../src/events/envelope.ts";
import { openRun } from "../../src/workers/open-run.ts";
import { endOf } from "../../src/workers/recorded-values.ts";
import { defaultLimits, type RunPorts } from "../../src/workers/run-ports.ts";
import { doneAfter, quiet } from "./sim-world.ts";

/** What a replay from nothing gave. */
export interface ColdReplay {
  readonly history: History;
  readonly outcome: FinalState | null; // null = the flow has not ended
  readonly openKeys: readonly string[];
  readonly divergence: ReplayDiverged | null;
}

const noLog = new Proxy<RunLog>({} as RunLog, {
  get: () => {
    throw new Error("A cold replay asked the log for something.");
  },
});

function replayPorts(payloads: PayloadStore): RunPorts {
  return {
    worker: "replay",
    log: noLog,
    payloads,
    clock: {
      now: () => 0,
      after: () => () => undefined,
      drain: (done) => void doneAfter(quiet(), done),
      chance: () => 0,
    },
    hintTasks: async () => undefined,
    startChild: async () => undefined,
    cancelRun: async () => undefined,
    cancelTasks: () => undefined,
    newRunId: () => "child",
    observe: () => undefined,
    write: () => undefined,
  };
}

/** Repeats recorded events with the code of `spec`, as any process would that never saw the run. */
export async function coldReplay(
  spec: FlowSpec,
  events: readonly RecordedEvent[],
  payloads: PayloadStore,
): Promise<ColdReplay> {
  const history = readHistory(events);
  const { created, started } = history;
  const ports = replayPorts(payloads);
  const [bytes] = await payloads.get(created.run, [started?.data.input ?? created.data.input]);
  const value = decodeValue(bytes ?? new Uint8Array(), "The parameters");
  const opened = openRun({
    spec,
    owner: { worker: "replay", epoch: history.epoch + 1 },
    created,
    run: created.run,
    input: { ok: true, value, bytes: null },
    history,
    ports,
    limits: defaultLimits,
    onTrouble: () => undefined,
  });
  const { execution, turns, body } = opened;
  await turns.loadKept();
  await turns.load(history.turns.flatMap(({ delivered }) => delivered));
  const ends = history.ending === null ? null : await endOf(history.ending, created.run, ports);
  turns.isTaking = true;
  const input = {
    execution,
    body,
    turns: history.turns,
    run: created.run,
    flow: spec.name,
    codeHash: spec.codeHash,
  };
  try {
    await replay({
      ...input,
      createdAt: created.data.createdAt,
      retired: spec.retired,
      deliveryOf: (fact) => turns.deliveryOf(fact),
      recordedEnd: () => {
        if (ends === null) throw new Error("A turn ended the run, and the run has no end.");
        return ends;
      },
      waitForForeign: async () => false,
    });
    return {
      history,
      outcome: execution.outcome,
      openKeys: execution.openCalls.map(({ key }) => key),
      divergence: null,
    };
  } catch (error) {
    if (!(error instanceof ReplayDiverged)) throw error;
    return { history, outcome: execution.outcome, openKeys: [], divergence: error };
  } finally {
    opened.live.drop(new Error("The replay is over."));
  }
}
