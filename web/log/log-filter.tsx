import { type ReactNode, useId, useState } from "react";
import { Button } from "../ui/button.tsx";
import { TextInput } from "../ui/field.tsx";
import type { LogSearch } from "./log-search.ts";

interface LogFilterProps {
  readonly filter: LogSearch;
  readonly onFilter: (filter: LogSearch) => void;
  readonly children: ReactNode;
}

const fields = [
  { name: "type", label: "Type", hint: "RunFailed, TaskFailed" },
  { name: "run", label: "Run", hint: "id" },
  { name: "actor", label: "Actor", hint: "client:" },
  { name: "flow", label: "Flow", hint: "name" },
] as const;

/** Which events: taken when Enter is pressed or the field is left. */
export function LogFilter({ filter, onFilter, children }: LogFilterProps) {
  const id = useId();
  const [draft, setDraft] = useState<LogSearch>(filter);
  const apply = (): void => {
    const given = Object.entries(draft).filter(([, value]) => value.trim() !== "");
    const next: LogSearch = Object.fromEntries(given);
    if (JSON.stringify(next) !== JSON.stringify(filter)) onFilter(next);
  };
  return (
    <form
      role="search"
      className="flex flex-wrap items-end gap-2 p-2"
      onSubmit={(event) => {
        event.preventDefault();
        apply();
      }}
    >
      {fields.map(({ name, label, hint }) => (
        <label key={name} htmlFor={`${id}-${name}`} className="flex items-center gap-1.5">
          <span className="text-soft">{label}</span>
          <TextInput
            id={`${id}-${name}`}
            className="w-36"
            placeholder={hint}
            value={draft[name] ?? ""}
            onChange={({ target }) => setDraft({ ...draft, [name]: target.value })}
            onBlur={apply}
          />
        </label>
      ))}
      <span className="flex-1" />
      {Object.keys(filter).length > 0 && (
        <Button look="quiet" onClick={() => onFilter({})}>
          Clear
        </Button>
      )}
      {children}
    </form>
  );
}
