import pc from "picocolors";

/** A log record of a run or task, as pino writes it. */
interface LogRecord {
  readonly [field: string]: unknown;
  readonly level: number;
  readonly time: number;
  readonly msg?: unknown;
  readonly runName?: unknown; // of a run: its name
  readonly task?: unknown; // name of a task run; null = the flow's own line
  readonly detail?: unknown; // more lines: a stack
}

function isRecord(value: unknown): value is LogRecord {
  return typeof value === "object" && value !== null && "level" in value && "time" in value;
}

const levels: Readonly<Record<number, string>> = {
  10: "TRACE",
  20: "DEBUG",
  30: "INFO",
  40: "WARNING",
  50: "ERROR",
  60: "FATAL",
};

/** Names of fields that say where a line comes from. */
export const reservedNames: ReadonlySet<string> = new Set([
  "level",
  "time",
  "msg",
  "run",
  "runName",
  "flow",
  "task",
  "attempt",
  "worker",
  "event",
  "trace_id",
  "detail",
  "pid",
  "hostname",
]);

type Colors = ReturnType<typeof pc.createColors>;

/** One line for people: `12:14:30.012 | INFO    | Flow run 'brisk-otter' - Finished in state Completed()`. */
export function toLine(json: string, colors: Colors): string {
  const record: unknown = JSON.parse(json);
  if (!isRecord(record)) return json;
  const level = levels[record.level] ?? "INFO";
  const fields = Object.entries(record).filter(([name]) => !reservedNames.has(name));
  const text = [plain(record.msg), ...fields.map(([name, value]) => colors.dim(`${name}=${toText(value)}`))]
    .join(" ")
    .trim();
  const line = `${clock(record.time)} | ${tint(level, colors)} | ${source(record, colors)} - ${paintStates(text, colors)}`;
  return record.detail === undefined ? line : `${line}\n${colors.dim(plain(record.detail))}`;
}

function clock(epochMs: number): string {
  const at = new Date(epochMs);
  const two = (part: number): string => String(part).padStart(2, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}

function tint(level: string, colors: Colors): string {
  const padded = level.padEnd(7);
  if (level === "ERROR" || level === "FATAL") return colors.red(padded);
  if (level === "WARNING") return colors.yellow(padded);
  return level === "INFO" ? colors.cyan(padded) : colors.dim(padded);
}

function source({ runName, task }: LogRecord, colors: Colors): string {
  if (runName === undefined) return "millrace";
  if (typeof task === "string") return `Task run ${colors.magenta(`'${task}'`)}`;
  return `Flow run ${colors.magenta(`'${plain(runName)}'`)}`;
}

const good = /\b(Completed|Cached)(?=\()/g;
const bad = /\b(Failed|Crashed|TimedOut|Blocked)(?=\()/g;

function paintStates(text: string, colors: Colors): string {
  return text.replaceAll(good, (word) => colors.green(word)).replaceAll(bad, (word) => colors.red(word));
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function toText(value: unknown): string {
  return typeof value === "string" && !/[\s"]/.test(value) ? value : JSON.stringify(value);
}
