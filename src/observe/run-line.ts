/** How much a line matters; the names of pino. */
export type LineLevel = "debug" | "info" | "warn" | "error";

/** pino's numbers. */
export const levelNumbers: Readonly<Record<LineLevel, number>> = { debug: 20, info: 30, warn: 40, error: 50 };

export function isLineLevel(text: string): text is LineLevel {
  return text in levelNumbers;
}

/** What the code of a run says. */
export interface RunLine {
  readonly time: number; // epoch ms; a flow's line: when its turn was recorded, by the clock of the log
  readonly level: LineLevel;
  readonly task: string | null; // key; null = the flow's own line
  readonly attempt: number; // 1 = first try; 0 = the flow's own line
  readonly after: number | null; // a flow's line: position of the event that it follows; null = a task's line
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}
