import { ReplayDiverged } from "../engine/divergence.ts";
import type { FinalState } from "../engine/final-state.ts";
import type { History } from "../engine/history.ts";
import { replay } from "../engine/replay.ts";
import type { FlowSpec } from "../engine/specs.ts";
import type { RunInfo } from "../sdk/context.ts";
import type { LivingCode } from "./living-code.ts";
import { endOf } from "./recorded-values.ts";
import type { RunLimits, RunPorts } from "./run-ports.ts";

export interface RepeatTurns {
  readonly spec: FlowSpec;
  readonly ports: Pick<RunPorts, "payloads" | "clock">;
  readonly limits: Pick<RunLimits, "foreignMs">;
}

/**
 * Has the code of a run that was just opened repeat its recorded turns. Nothing is started, nothing is written.
 * @returns why the history cannot be repeated; null = it was
 */
export async function repeatTurns(
  opened: LivingCode & { readonly info: RunInfo },
  history: History,
  { spec, ports, limits }: RepeatTurns,
): Promise<ReplayDiverged | null> {
  const { execution, turns, body, info } = opened;
  await turns.loadKept();
  await turns.load([...history.turns.flatMap(({ delivered }) => delivered), ...history.inbox]);
  const ends = history.ending === null ? null : await endOf(history.ending, info.id, ports);
  let waitedMs = 0;
  try {
    turns.isTaking = true;
    await replay({
      execution,
      body,
      turns: history.turns,
      run: info.id,
      flow: spec.name,
      codeHash: spec.codeHash,
      createdAt: history.created.data.createdAt,
      retired: spec.retired,
      deliveryOf: (fact) => turns.deliveryOf(fact),
      recordedEnd: () => ends ?? endUnknown,
      waitForForeign: async () => {
        if (waitedMs >= limits.foreignMs) return false;
        waitedMs += foreignStepMs;
        await new Promise<void>((resolve) => {
          ports.clock.after(foreignStepMs, resolve);
        });
        await execution.drain();
        return true;
      },
    });
    return null;
  } catch (error) {
    if (error instanceof ReplayDiverged) return error;
    throw error;
  } finally {
    turns.isTaking = false;
  }
}

const foreignStepMs = 5;
const endUnknown: FinalState = {
  type: "FAILED",
  name: "Unknown",
  message: null,
  output: undefined,
  error: null,
};
