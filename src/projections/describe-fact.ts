import type { FactPicture } from "./run-picture.ts";

/** "greet#1 completed (event 5)" */
export function describeFact({ name, type, position }: FactPicture): string {
  return `${described(name, type)} (event ${position})`;
}

function described(name: string, type: FactPicture["type"]): string {
  switch (type) {
    case "SignalReceived":
      return `signal ${name} came`;
    case "UpdateRequested":
      return `update ${name} was requested`;
    case "RunCancelRequested":
      return "its cancellation was requested";
    default:
      return `${name} ${verbs[type]}`;
  }
}

const verbs = {
  TaskCompleted: "completed",
  TaskFailed: "failed",
  TaskReused: "reused a result",
  TimerFired: "fired",
  ChildEnded: "ended",
  CallReused: "was answered in an earlier attempt",
} as const;
