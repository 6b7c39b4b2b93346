import { IconButton } from "../ui/button.tsx";
import { Menu, MenuItem, MenuLine, MenuRow } from "../ui/menu.tsx";
import { type Arrangement, canHide, hidden, inOrder, moved, usual } from "./column-arrangement.ts";

interface ColumnMenuProps {
  readonly columns: readonly { readonly id: string; readonly word: string }[];
  readonly arrangement: Arrangement;
  readonly onChange: (arrangement: Arrangement) => void;
}

/** Which columns there are, and in which order. Their widths are dragged at their heads. */
export function ColumnMenu({ columns, arrangement, onChange }: ColumnMenuProps) {
  const named = inOrder(columns, arrangement.order).filter(({ word }) => word !== "");
  return (
    <Menu trigger={<IconButton icon="columns" label="Columns" />}>
      {named.map(({ id, word }) => (
        <MenuRow
          key={id}
          label={word}
          isChecked={!arrangement.hidden.includes(id)}
          isFixed={!canHide(id)}
          onCheck={(isShown) => onChange(hidden(arrangement, id, !isShown))}
          onMove={(step) => onChange(moved(arrangement, columns, [id, step]))}
        />
      ))}
      <MenuLine />
      <MenuItem onSelect={() => onChange(usual)}>As they usually are</MenuItem>
    </Menu>
  );
}
