import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { asked, useApi } from "../api/context.tsx";
import { useBindings } from "../keys/use-keys.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { joinNames } from "../ui/join-names.ts";
import { type Entry, rank } from "./palette-entries.ts";
import { places } from "./places.ts";

interface PaletteProps {
  readonly onClose: () => void;
}

/** Goes anywhere and does anything that the shown screen can do; an id that is pasted goes straight to its run. */
export function Palette({ onClose }: PaletteProps) {
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState(0);
  const entries = rank(useEntries(typed), typed);
  const current = entries[Math.min(chosen, entries.length - 1)];
  const carryOut = (entry: Entry | undefined): void => {
    if (entry === undefined) return;
    onClose();
    entry.act();
  };
  return (
    <Dialog isOpen onClose={onClose} title="Go to, or do">
      <input
        // oxlint-disable-next-line jsx-a11y/no-autofocus -- the palette was opened to type into it
        autoFocus
        role="combobox"
        aria-expanded
        aria-controls="palette-list"
        aria-activedescendant={current === undefined ? undefined : `palette-${current.id}`}
        aria-label="Name of a run, a flow, a screen, or a command"
        placeholder="Name or id of a run, a flow, a command…"
        autoComplete="off"
        spellCheck={false}
        className="h-9 w-full rounded-md border border-line-strong bg-surface px-3 text-base"
        value={typed}
        onChange={({ target }) => {
          setTyped(target.value);
          setChosen(0);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") carryOut(current);
          const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
          if (step === 0) return;
          event.preventDefault();
          setChosen((chosen + step + entries.length) % Math.max(1, entries.length));
        }}
      />
      <ul id="palette-list" role="listbox" aria-label="What fits" className="pt-2">
        {entries.map((entry) => (
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the keys are the text field's
          <li
            key={entry.id}
            id={`palette-${entry.id}`}
            role="option"
            aria-selected={entry === current}
            onClick={() => carryOut(entry)}
            className={joinNames(
              "flex min-h-8 cursor-pointer items-center justify-between gap-3 rounded-md px-2",
              entry === current && "bg-accent-wash",
            )}
          >
            <bdi className="truncate">{entry.label}</bdi>
            <span className="shrink-0 text-xs text-faint">{entry.hint}</span>
          </li>
        ))}
        {entries.length === 0 && <li className="px-2 py-3 text-soft">Nothing here has that name.</li>}
      </ul>
    </Dialog>
  );
}

const looksLikeRun = /^[\w-]{6,}$/;

function useEntries(typed: string): readonly Entry[] {
  const router = useRouter();
  const api = useApi();
  const bindings = useBindings();
  const flows = useQuery(asked(api, "flows", {}));
  const runs = useQuery(asked(api, "runs", { query: { limit: 50, total: "false" } }));
  const toRun = (run: string) => () => void router.navigate({ to: "/runs/$run", params: { run } });
  const wanted = typed.trim();
  const known = (runs.data?.runs ?? []).map(
    ({ run, name, flow }): Entry => ({ id: run, label: `${name} · ${flow}`, hint: "run", act: toRun(run) }),
  );
  const asId: Entry = {
    id: "by-id",
    label: wanted,
    hint: "open the run of this name or id",
    act: toRun(wanted),
  };
  return [
    ...places.map(
      ({ to, label, keys }): Entry => ({
        id: to,
        label,
        hint: keys,
        act: () => void router.navigate({ to }),
      }),
    ),
    ...bindings
      .filter(({ keys, group }) => group !== "Go to" && !keys.startsWith("Mod+"))
      .map(({ keys, does, act }): Entry => ({ id: `key-${keys}`, label: does, hint: keys, act })),
    ...(flows.data ?? []).map(
      ({ flow }): Entry => ({
        id: `flow-${flow}`,
        label: flow,
        hint: "flow",
        act: () => void router.navigate({ to: "/flows/$flow", params: { flow } }),
      }),
    ),
    ...known,
    ...(looksLikeRun.test(wanted) && !known.some(({ id }) => id === wanted) ? [asId] : []),
  ];
}
