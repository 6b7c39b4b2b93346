import { reviveError } from "../base/recorded-error.ts";
import type { FinalState } from "../engine/final-state.ts";
import type { Ending, History } from "../engine/history.ts";
import type { FlowSpec } from "../engine/specs.ts";
import { decodeValue } from "../events/codec.ts";
import { type CheckedInput, checkInput } from "./check-input.ts";
import type { RunPorts } from "./run-ports.ts";

/** The input of a run as its code got it; one that no turn has seen yet is validated now. */
export async function recordedInput(
  { created, started, turns }: History,
  spec: FlowSpec,
  ports: Pick<RunPorts, "payloads">,
): Promise<CheckedInput> {
  const [given] = await ports.payloads.get(created.run, [created.data.input]);
  const raw = decodeValue(given ?? new Uint8Array(), `The parameters of run ${created.run}`);
  if (started === null || turns.length === 0) return checkInput(spec, raw);
  if (started.data.input === null) return { ok: true, value: raw, bytes: null };
  const [bytes] = await ports.payloads.get(created.run, [started.data.input]);
  return {
    ok: true,
    value: decodeValue(bytes ?? new Uint8Array(), `The parameters of run ${created.run}`),
    bytes: null,
  };
}

/** How a run ended, as its last event says. */
export async function endOf(
  ending: Ending,
  run: string,
  ports: Pick<RunPorts, "payloads">,
): Promise<FinalState> {
  const nothing = { output: undefined, error: null };
  switch (ending.type) {
    case "RunCompleted": {
      const [bytes] = await ports.payloads.get(run, [ending.data.output]);
      const output = decodeValue(bytes ?? new Uint8Array(), `The result of run ${run}`);
      return { ...nothing, type: "COMPLETED", name: ending.data.name, message: ending.data.message, output };
    }
    case "RunFailed": {
      const { name, message, error } = ending.data;
      return { ...nothing, type: "FAILED", name, message, error: reviveError(error) };
    }
    case "RunCancelled":
      return { ...nothing, type: "CANCELLED", name: ending.data.name, message: ending.data.message };
    case "RunCrashed":
      return {
        ...nothing,
        type: "FAILED",
        name: "Crashed",
        message: ending.data.message,
        error: new Error(ending.data.message),
      };
  }
}
