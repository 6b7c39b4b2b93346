import type { RecordedError } from "../base/recorded-error.ts";

/** What to say about an event. */
export interface Remark {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly taskKey: string | null; // null = about the run
  readonly text: string;
  readonly detail: string | null; // more lines; null = none
}

export function about(taskKey: string | null, level: Remark["level"], text: string): Remark {
  return { level, taskKey, text, detail: null };
}

export function failure(taskKey: string | null, error: RecordedError, text: string): Remark {
  return { level: "error", taskKey, text, detail: error.stack ?? brief(error) };
}

export function state(name: string, message: string | null): string {
  return message === null ? `${name}()` : `${name}('${message}')`;
}

export function brief({ name, message }: RecordedError): string {
  return `${name}: ${message.split("\n")[0] ?? ""}`;
}
