import { useState } from "react";
import { IconButton } from "../ui/button.tsx";
import { Menu, MenuCheck, MenuItem, MenuLine } from "../ui/menu.tsx";
import { recall, remember } from "../ui/preferences.ts";

const key = "runs.columns";
const always: ReadonlySet<string> = new Set(["select", "state", "name"]);

interface ColumnMenuProps {
  readonly columns: readonly { readonly id: string; readonly word: string }[];
  readonly hidden: ReadonlySet<string>;
  readonly onHide: (hidden: ReadonlySet<string>) => void;
}

/** Which columns there are. */
export function ColumnMenu({ columns, hidden, onHide }: ColumnMenuProps) {
  return (
    <Menu trigger={<IconButton icon="columns" label="Columns" />}>
      {columns
        .filter(({ id }) => !always.has(id))
        .map(({ id, word }) => (
          <MenuCheck
            key={id}
            isChecked={!hidden.has(id)}
            onChange={(isShown) => onHide(new Set([...hidden, id].filter((one) => one !== id || !isShown)))}
          >
            {word}
          </MenuCheck>
        ))}
      <MenuLine />
      <MenuItem onSelect={() => onHide(new Set())}>All columns</MenuItem>
    </Menu>
  );
}

/** The reader's choice, kept in this browser. */
export function useHiddenColumns() {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(
    () => new Set((recall(key) ?? "").split(",").filter((id) => id !== "")),
  );
  const hide = (next: ReadonlySet<string>): void => {
    remember(key, [...next].join(","));
    setHidden(next);
  };
  return { hidden, hide };
}

export function shownColumns<Shown extends { readonly id: string }>(
  columns: readonly Shown[],
  hidden: ReadonlySet<string>,
): readonly Shown[] {
  return columns.filter(({ id }) => !hidden.has(id));
}
