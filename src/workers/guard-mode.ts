import { EngineError } from "../base/errors.ts";
import { type GuardMode, guardModes, isGuardMode, isSampled } from "../engine/guard.ts";
import type { FlowSpec } from "../engine/specs.ts";

/** MILLRACE_GUARD; null = it says nothing. @throws EngineError OPTION_INVALID */
export function checkGuardMode(): GuardMode | null {
  const text = process.env["MILLRACE_GUARD"];
  if (text === undefined || isGuardMode(text)) return text ?? null;
  throw new EngineError(
    "OPTION_INVALID",
    `MILLRACE_GUARD must be one of ${guardModes.join(", ")}, and is ${JSON.stringify(text)}.`,
    { variable: "MILLRACE_GUARD" },
  );
}

/** How a run is watched; null = not at all. The environment can switch the guard off, and a flow can choose its own mode. */
export function guardModeOf({ guard }: FlowSpec, run: string): Exclude<GuardMode, "off"> | null {
  const said = process.env["MILLRACE_GUARD"] ?? "";
  if (said === "off") return null;
  const mode = guard ?? (isGuardMode(said) ? said : defaultMode());
  if (mode === "off" || (mode === "sample" && !isSampled(run))) return null;
  return mode;
}

const defaultMode = (): GuardMode => (process.env["NODE_ENV"] === "production" ? "sample" : "report");
