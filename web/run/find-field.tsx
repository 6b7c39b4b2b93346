import { useCallback } from "react";
import { useKeys } from "../keys/use-keys.tsx";
import { TextInput } from "../ui/field.tsx";
import { useRunSearch } from "./run-context.tsx";
import { useAhead } from "./use-ahead.ts";

interface FindFieldProps {
  readonly label: string;
  readonly placeholder: string;
}

/** Narrows the list of a tab; what is typed stands in the address. `/` goes here. */
export function FindField({ label, placeholder }: FindFieldProps) {
  const [search, change] = useRunSearch();
  const write = useCallback((find: string) => change({ find: find === "" ? undefined : find }), [change]);
  const [find, setFind] = useAhead(search.find ?? "", write);
  useKeys([
    {
      keys: "/",
      does: "find in the list",
      group: "Run",
      act: () => document.querySelector<HTMLInputElement>("#find-in-run")?.focus(),
    },
  ]);
  return (
    <TextInput
      id="find-in-run"
      type="search"
      aria-label={label}
      placeholder={placeholder}
      className="w-64 max-w-full"
      value={find}
      onChange={({ target }) => setFind(target.value)}
    />
  );
}
