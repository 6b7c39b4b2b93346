import { useMemo } from "react";
import { useKeys } from "../../keys/use-keys.tsx";
import { type RunScope, useRun } from "../run-context.tsx";
import { nextFailure } from "./markers.ts";

/** Ways to move through a history. */
export interface ScrubSteps {
  to(n: number): void;
  by(events: number): void;
  toFailure(step: 1 | -1): void;
  toStart(): void;
  toPresent(): void;
  byKey(key: string): boolean; // whether the key meant anything to a slider
}

export function useScrubKeys(): ScrubSteps {
  const scope = useRun();
  const steps = useMemo(() => stepsIn(scope), [scope]);
  useKeys([
    { keys: ",", does: "one event back", group: "Time travel", act: () => steps.by(-1) },
    { keys: ".", does: "one event on", group: "Time travel", act: () => steps.by(1) },
    { keys: "<", does: "failure before", group: "Time travel", act: () => steps.toFailure(-1) },
    { keys: ">", does: "next failure", group: "Time travel", act: () => steps.toFailure(1) },
    { keys: "Home", does: "first event", group: "Time travel", act: () => steps.toStart() },
    { keys: "End", does: "newest event", group: "Time travel", act: () => steps.toPresent() },
    { keys: "l", does: "back to the present", group: "Time travel", act: () => steps.toPresent() },
    { keys: "L", does: "back to the present", group: "Time travel", act: () => steps.toPresent() },
  ]);
  return steps;
}

function stepsIn({ looking, view, goTo }: RunScope): ScrubSteps {
  const to = (n: number): void => goTo(n >= view.last ? null : Math.max(1, n));
  const steps: Omit<ScrubSteps, "byKey"> = {
    to,
    by: (events) => to(looking().n + events),
    toFailure: (step) => {
      const position = nextFailure(view.markers, looking().n, step);
      if (position !== null) to(position);
    },
    toStart: () => to(1),
    toPresent: () => goTo(null),
  };
  return { ...steps, byKey: (key) => press(steps, key, Math.max(10, Math.round(view.last / 20))) };
}

/** Keys of a slider, and those of the screen: a slider that has the focus keeps them from it. */
function press(steps: Omit<ScrubSteps, "byKey">, key: string, page: number): boolean {
  switch (key) {
    case "ArrowLeft":
    case "ArrowDown":
    case ",":
      steps.by(-1);
      return true;
    case "ArrowRight":
    case "ArrowUp":
    case ".":
      steps.by(1);
      return true;
    case "PageDown":
      steps.by(-page);
      return true;
    case "PageUp":
      steps.by(page);
      return true;
    default:
      return pressJump(steps, key);
  }
}

function pressJump(steps: Omit<ScrubSteps, "byKey">, key: string): boolean {
  switch (key) {
    case "<":
      steps.toFailure(-1);
      return true;
    case ">":
      steps.toFailure(1);
      return true;
    case "Home":
      steps.toStart();
      return true;
    case "End":
    case "l":
    case "L":
      steps.toPresent();
      return true;
    default:
      return false;
  }
}
