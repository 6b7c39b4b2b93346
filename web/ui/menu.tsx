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

interface MenuCheckProps {
  readonly isChecked: boolean;
  readonly onChange: (isChecked: boolean) => void;
  readonly children: ReactNode;
}

/** An entry that is on or off; the menu stays open. */
export function MenuCheck({ isChecked, onChange, children }: MenuCheckProps) {
  return (
    <Primitive.CheckboxItem
      checked={isChecked}
      onCheckedChange={onChange}
      onSelect={(event) => event.preventDefault()}
      className={itemNames}
    >
      <span className="w-4">{isChecked && <Icon name="check" size={14} />}</span>
      {children}
    </Primitive.CheckboxItem>
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
