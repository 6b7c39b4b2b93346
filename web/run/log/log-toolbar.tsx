import { useMemo } from "react";
import type { LogLine } from "../../../src/server/contract/runs.ts";
import { toCount, toCounted } from "../../format/numbers.ts";
import { Button } from "../../ui/button.tsx";
import { Select } from "../../ui/field.tsx";
import { FindField } from "../find-field.tsx";
import { useRun } from "../run-context.tsx";

export interface LogOptions {
  readonly level: LogLine["level"]; // and above
  readonly task: string | null; // name; null = flow and tasks
  readonly isWrapped: boolean;
}

interface LogToolbarProps {
  readonly options: LogOptions;
  readonly onChange: (options: LogOptions) => void;
  readonly lines: readonly LogLine[]; // that are shown
  readonly dropped: number;
}

const levels = ["debug", "info", "warn", "error"] as const;
const mostNames = 500;

export function LogToolbar({ options, onChange, lines, dropped }: LogToolbarProps) {
  const { head } = useRun();
  const { level, task, isWrapped } = options;
  const names = useMemo(() => [...new Set([...head.tasks.values()].map(({ name }) => name))], [head.tasks]);
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-2 border-b border-line px-3 py-1.5">
      <FindField label="Search the log" placeholder="Text in the lines" />
      <Select
        aria-label="Least level"
        value={level}
        onChange={({ target }) =>
          onChange({ ...options, level: levels.find((known) => known === target.value) ?? "debug" })
        }
      >
        {levels.map((known) => (
          <option key={known}>{known}</option>
        ))}
      </Select>
      <Select
        aria-label="Task"
        value={task ?? ""}
        onChange={({ target }) => onChange({ ...options, task: target.value === "" ? null : target.value })}
      >
        <option value="">flow and tasks</option>
        {names.slice(0, mostNames).map((name) => (
          <option key={name}>{name}</option>
        ))}
      </Select>
      <Button
        look="quiet"
        aria-pressed={isWrapped}
        onClick={() => onChange({ ...options, isWrapped: !isWrapped })}
      >
        wrap
      </Button>
      <span className="text-xs text-faint">
        {toCounted(lines.length, "line")}
        {dropped > 0 && `; the ${toCount(dropped)} oldest were not kept`}
      </span>
      <Button
        look="quiet"
        disabled={lines.length === 0}
        onClick={() => save(lines, `${head.summary.name}.log`)}
      >
        Download
      </Button>
    </div>
  );
}

/** Everything that is shown, as a file; made when it is asked for. */
function save(lines: readonly LogLine[], name: string): void {
  const text = lines
    .map(
      ({ at, level, task, message }) => `${new Date(at).toISOString()} ${level} ${task ?? "flow"} ${message}`,
    )
    .join("\n");
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
