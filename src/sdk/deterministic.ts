import type { Scope } from "../engine/scope.ts";
import { flowContext } from "./context.ts";

/**
 * The flow's time: epoch ms when the last fact reached the flow; the same in every replay.
 * @throws EngineError COMMAND_REFUSED outside of a flow
 */
export function now(): number {
  return flowContext("now()").execution.logicalTime;
}

/**
 * A number from 0 to below 1 that is the same in every replay of the run.
 * @throws EngineError COMMAND_REFUSED outside of a flow
 */
export function random(): number {
  const { scope, execution } = flowContext("random()");
  return scope.draw(execution.seed) / 2 ** 53;
}

/**
 * A UUID (version 4 by form) that is the same in every replay of the run; unique as far as 106 bits go.
 * @throws EngineError COMMAND_REFUSED outside of a flow
 */
export function uuid(): string {
  const { scope, execution } = flowContext("uuid()");
  return drawUuid(scope, execution.seed);
}

type Uuid = `${string}-${string}-${string}-${string}-${string}`;

/** The next UUID of a scope. */
export function drawUuid(scope: Scope, seed: string): Uuid {
  const hex = [scope.draw(seed), scope.draw(seed), scope.draw(seed)]
    .map((bits) => bits.toString(16).padStart(14, "0").slice(-12))
    .join("");
  const variant = "89ab".charAt(Number.parseInt(hex.charAt(16), 16) % 4);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
