import type { ChildInput, Program } from "./programs.ts";

/** What the next run is given that carries a run of the program, or of one of its children, on; null = it is the last one. */
export function nextRound({ continues }: Program, given: string | ChildInput): string | ChildInput | null {
  const round = typeof given === "string" ? given.split("+").length - 1 : (given.round ?? 0);
  if (round >= continues) return null;
  return typeof given === "string" ? `${given}+` : { ...given, round: round + 1 };
}
