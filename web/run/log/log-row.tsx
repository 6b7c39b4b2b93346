import type { LogLine } from "../../../src/server/contract/runs.ts";
import { toClock, toInstant } from "../../format/instants.ts";
import { toPlainLine } from "../../format/plain-text.ts";
import { joinNames } from "../../ui/join-names.ts";
import { useRunSearch } from "../run-context.tsx";
import { labelOf } from "../timeline/calls.ts";
import { readAnsi } from "./ansi.ts";

const levelNames: Readonly<Record<LogLine["level"], string>> = {
  debug: "text-faint",
  info: "text-soft",
  warn: "text-state-scheduled",
  error: "text-state-failed font-semibold",
};

const inks: Readonly<Record<string, string>> = {
  black: "var(--ink-faint)",
  red: "var(--state-failed)",
  green: "var(--state-completed)",
  yellow: "var(--state-scheduled)",
  blue: "var(--state-running)",
  magenta: "var(--state-paused)",
  cyan: "var(--state-waiting)",
  white: "var(--ink)",
};

/** One line: when, how grave, whose, what; its fields and its stack below. */
export function LogRow({ line, isWrapped }: { readonly line: LogLine; readonly isWrapped: boolean }) {
  const { at, level, task, message, fields, detail, event } = line;
  const [, change] = useRunSearch();
  const extra = Object.keys(fields).length === 0 ? "" : JSON.stringify(fields);
  return (
    <div className="flex gap-2 px-3 leading-5 hover:bg-hover">
      <time dateTime={new Date(at).toISOString()} title={toInstant(at)} className="shrink-0 text-faint">
        {toClock(at, true)}
      </time>
      <span className={joinNames("w-10 shrink-0", levelNames[level])}>{level}</span>
      {task === null ? (
        <span className="w-28 shrink-0 truncate text-faint max-md:hidden">flow</span>
      ) : (
        <button
          type="button"
          title={toPlainLine(task)}
          onClick={() => change({ call: task })}
          className="w-28 shrink-0 truncate text-left text-accent hover:underline max-md:hidden"
        >
          <bdi>{toPlainLine(labelOf(task))}</bdi>
        </button>
      )}
      <span
        className={joinNames(
          "min-w-0",
          isWrapped ? "break-words whitespace-pre-wrap" : "whitespace-pre",
          event !== null && "text-soft italic",
        )}
      >
        <Ansi text={message} />
        {extra !== "" && <span className="text-faint"> {extra}</span>}
        {detail !== null && <span className="block text-faint">{detail}</span>}
      </span>
    </div>
  );
}

function Ansi({ text }: { readonly text: string }) {
  return readAnsi(text).map(({ text, color, isBold }, index) => (
    <bdi
      // oxlint-disable-next-line react/no-array-index-key -- the pieces of a line never change places
      key={index}
      style={{ ...(color === null ? {} : { color: inks[color] }), ...(isBold ? { fontWeight: 600 } : {}) }}
    >
      {text.replaceAll("\u0000", "\u{fffd}")}
    </bdi>
  ));
}
