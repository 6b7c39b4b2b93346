import { DropdownMenu as Primitive } from "radix-ui";
import type { ReactNode } from "react";
import { Icon, type IconName } from "./icon.tsx";

interface MenuProps {
  readonly trigger: ReactNode; // a button
  readonly children: ReactNode;
  readonly align?: "start" | "end";
}

export function Menu({ trigger, children, align = "end" }: MenuProps) {
  return (
    <Primitive.Root>
      <Primitive.Trigger asChild>{trigger}</Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Content
          align={align}
          sideOffset={4}
          className="fade-in z-50 max-h-[70vh] min-w-44 overflow-auto rounded-lg border border-line bg-raised p-1 shadow-float"
        >
          {children}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}

const itemNames =
  "flex min-h-7 items-center gap-2 rounded-md px-2 py-1 outline-none data-disabled:opacity-50 data-highlighted:bg-accent-wash";

interface MenuItemProps {
  readonly onSelect: () => void;
  readonly icon?: IconName;
  readonly isDisabled?: boolean;
  readonly children: ReactNode;
}

export function MenuItem({ onSelect, icon, isDisabled = false, children }: MenuItemProps) {
  return (
    <Primitive.Item disabled={isDisabled} onSelect={onSelect} className={itemNames}>
      {icon !== undefined && <Icon name={icon} size={14} />}
      {children}
    </Primitive.Item>
  );
}

interface MenuRowProps {
  readonly label: string;
  readonly isChecked: boolean;
  readonly isFixed: boolean; // it is always on
  readonly onCheck: (isChecked: boolean) => void;
  readonly onMove: (step: -1 | 1) => void;
}

const moves = [
  { step: -1, icon: "left", where: "left" },
  { step: 1, icon: "right", where: "right" },
] as const;

/** An entry that is on or off, and has a place among the others; the menu stays open. */
export function MenuRow({ label, isChecked, isFixed, onCheck, onMove }: MenuRowProps) {
  return (
    <Primitive.Group className="flex items-center">
      <Primitive.CheckboxItem
        checked={isChecked}
        disabled={isFixed}
        onCheckedChange={onCheck}
        onSelect={(event) => event.preventDefault()}
        className={`${itemNames} flex-1`}
      >
        <span className="w-4">{isChecked && <Icon name="check" size={14} />}</span>
        {label}
      </Primitive.CheckboxItem>
      {moves.map(({ step, icon, where }) => (
        <Primitive.Item
          key={where}
          aria-label={`${label} to the ${where}`}
          onSelect={(event) => {
            event.preventDefault();
            onMove(step);
          }}
          className={`${itemNames} px-1.5 text-soft`}
        >
          <Icon name={icon} size={12} />
        </Primitive.Item>
      ))}
    </Primitive.Group>
  );
}

export interface Choice {
  readonly value: string;
  readonly label: string;
}

interface MenuChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly Choice[];
  readonly onChoose: (value: string) => void;
}

/** One of several. */
export function MenuChoice({ label, value, choices, onChoose }: MenuChoiceProps) {
  return (
    <Primitive.Group>
      <Primitive.Label className="px-2 pt-2 pb-1 text-xs text-faint">{label}</Primitive.Label>
      <Primitive.RadioGroup value={value} onValueChange={onChoose}>
        {choices.map((choice) => (
          <Primitive.RadioItem
            key={choice.value}
            value={choice.value}
            onSelect={(event) => event.preventDefault()}
            className={itemNames}
          >
            <span className="w-4">
              <Primitive.ItemIndicator>
                <Icon name="check" size={14} />
              </Primitive.ItemIndicator>
            </span>
            {choice.label}
          </Primitive.RadioItem>
        ))}
      </Primitive.RadioGroup>
    </Primitive.Group>
  );
}

export function MenuLine() {
  return <Primitive.Separator className="my-1 h-px bg-line" />;
}
